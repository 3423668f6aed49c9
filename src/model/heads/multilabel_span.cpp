// Labels of a text, and spans with a type each that may overlap (persuasion techniques). What training has of the two
// is learnt, from the same windows:
//   labels: a logistic output each over the mean state of a window; of several windows the highest counts
//   spans:  for each type and token two logistic outputs: inside a span of the type, and, inside, does one begin here
// One window is one unit: its labels' binary cross entropy, and the mean over its tokens of the types' cross entropies.
// The thresholds on labels and on "inside" are tuned on dev (label_choice.h), the latter by tokens.
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/mention_labels.h"
#include "model/heads/label_choice.h"
#include "model/heads/mention_states.h"
#include "model/heads/text_head.h"
#include "model/heads/windowed_example.h"

namespace polyclinic {
namespace {

struct SpanExample : WindowedExample {
  std::vector<float> labels;               // targets of the text
  std::vector<std::vector<float>> inside;  // of each window: [tokens * types]
  std::vector<std::vector<float>> begin;
};

class MultilabelSpanHead : public Head {
 public:
  explicit MultilabelSpanHead(const HeadOptions& options) : options_(options) {}

  void prepare(const std::vector<Example>& training) override;
  nlohmann::json inventory() const override {
    return {{"labels", choice_.inventory()}, {"types", types_}, {"threshold", threshold_}};
  }
  void restore(const nlohmann::json& inventory) override {
    choice_.restore(inventory.at("labels"));
    inventory.at("types").get_to(types_);
    inventory.at("threshold").get_to(threshold_);
  }
  std::vector<HeadParameter> parameters() const override {
    const std::int64_t d = options_.hidden_size;
    std::vector<HeadParameter> out;
    if (labels() > 0) out.insert(out.end(), {{"label.weight", {labels(), d}, 0.02}, {"label.bias", {labels()}, 0}});
    if (types() > 0) out.insert(out.end(), {{"span.weight", {2 * types(), d}, 0.02}, {"span.bias", {2 * types()}, 0}});
    return out;
  }
  void bind(std::vector<at::Tensor> tensors) override { weights_ = std::move(tensors); }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override;
  HeadLoss loss(const HeadBatch& batch) const override;
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override;
  bool tunes() const override { return true; }
  void tune(const std::vector<TuningExample>& dev) override;
  void decode(const HeadExample& encoded, const std::vector<HeadOutput>& outputs, Example& into) const override;

 private:
  std::int64_t labels() const { return static_cast<std::int64_t>(choice_.names().size()); }
  std::int64_t types() const { return static_cast<std::int64_t>(types_.size()); }
  void mark(const std::vector<Mention>& mentions, SpanExample& encoded) const;
  HeadOutput target_output(const SpanExample& encoded, std::size_t window) const;
  // Rows of a batch that hold text, without special tokens.
  static TokenRange text_rows(const HeadBatch::Row& row);
  at::Tensor label_logits(const HeadBatch& batch) const;  // [rows of the batch, labels]
  // [tokens of the row, 2 * types]
  at::Tensor span_logits(const HeadBatch& batch, const HeadBatch::Row& row) const;
  std::vector<float> label_scores(const std::vector<HeadOutput>& outputs) const;
  std::vector<Mention> decode_spans(const SpanExample& encoded, const std::vector<HeadOutput>& outputs) const;

  HeadOptions options_;
  LabelChoice choice_;
  std::vector<std::string> types_;
  double threshold_ = 0.5;  // of "inside"
  std::vector<at::Tensor> weights_;
};

void MultilabelSpanHead::prepare(const std::vector<Example>& training) {
  std::set<std::string> names;
  for (const Example& example : training) {
    for (const Mention& mention : example.mentions) names.insert(mention.type);
  }
  types_.assign(names.begin(), names.end());
  choice_.prepare(training);
  if (labels() + types() == 0) {
    throw InputError("neither labels nor spans in the training data", {}, "the head multilabel_span needs one of them");
  }
}

std::unique_ptr<HeadExample> MultilabelSpanHead::encode(const Example& example, const Tokenizer& tokenizer,
                                                        bool with_gold, HeadCounts& counts) const {
  auto encoded = std::make_unique<SpanExample>();
  encode_windows(example, tokenizer, options_.window, *encoded);
  if (!with_gold) return encoded;
  const std::vector<double> labels = choice_.targets(example.labels, counts);
  encoded->labels.assign(labels.begin(), labels.end());
  mark(example.mentions, *encoded);
  std::vector<HeadOutput> outputs;
  for (std::size_t w = 0; w < encoded->windows.size(); ++w) {
    encoded->units[w] = encoded->windows[w].size() > 0;
    outputs.push_back(target_output(*encoded, w));
  }
  const std::vector<Mention> found = decode_spans(*encoded, outputs);
  for (const Mention& mention : example.mentions) {
    ++counts.gold;
    counts.lost += std::none_of(found.begin(), found.end(), [&](const Mention& m) {
      return m.type == mention.type && m.fragments == mention.fragments;
    });
  }
  return encoded;
}

void MultilabelSpanHead::mark(const std::vector<Mention>& mentions, SpanExample& encoded) const {
  const std::size_t n = types_.size();
  for (const TokenRange& window : encoded.windows) {
    encoded.inside.emplace_back(window.size() * n, 0.0F);
    encoded.begin.emplace_back(window.size() * n, 0.0F);
    for (const Mention& mention : mentions) {
      const auto type = std::lower_bound(types_.begin(), types_.end(), mention.type);
      const auto hull = token_hull(*encoded.text, mention);
      if (!hull || type == types_.end() || *type != mention.type) continue;
      const auto t = static_cast<std::size_t>(type - types_.begin());
      for (std::size_t at = std::max(hull->first, window.first); at < std::min(hull->last, window.last); ++at) {
        encoded.inside.back()[(at - window.first) * n + t] = 1;
        if (at == hull->first) encoded.begin.back()[(at - window.first) * n + t] = 1;
      }
    }
  }
}

// What predict() would say if it knew the targets.
HeadOutput MultilabelSpanHead::target_output(const SpanExample& encoded, std::size_t window) const {
  HeadOutput output;
  output.scores.assign(encoded.labels.begin(), encoded.labels.end());
  const std::size_t n = types_.size();
  for (std::size_t at = 0; at < encoded.windows[window].size(); ++at) {
    const auto row = static_cast<std::ptrdiff_t>(at * n), next = static_cast<std::ptrdiff_t>((at + 1) * n);
    for (const auto& values : {encoded.inside[window], encoded.begin[window]}) {
      output.scores.insert(output.scores.end(), values.begin() + row, values.begin() + next);
    }
  }
  return output;
}

TokenRange MultilabelSpanHead::text_rows(const HeadBatch::Row& row) {
  const auto& encoded = static_cast<const SpanExample&>(*row.example);
  const std::size_t begin = static_cast<std::size_t>(row.begin) + encoded.prefix;
  return {begin, begin + encoded.windows[row.sequence].size()};
}

at::Tensor MultilabelSpanHead::label_logits(const HeadBatch& batch) const {
  std::vector<std::vector<TokenRange>> pooled;
  for (const HeadBatch::Row& row : batch.rows) {
    pooled.push_back({{static_cast<std::size_t>(row.begin), static_cast<std::size_t>(row.end)}});
  }
  return at::linear(mean_rows(batch.hidden, pooled), weights_[0], weights_[1]);
}

at::Tensor MultilabelSpanHead::span_logits(const HeadBatch& batch, const HeadBatch::Row& row) const {
  const TokenRange rows = text_rows(row);
  const at::Tensor hidden =
      batch.hidden.narrow(0, static_cast<std::int64_t>(rows.first), static_cast<std::int64_t>(rows.size()));
  return at::linear(hidden, weights_[weights_.size() - 2], weights_.back());
}

HeadLoss MultilabelSpanHead::loss(const HeadBatch& batch) const {
  HeadLoss result;
  const at::TensorOptions to = batch.hidden.options();
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  result.sum = batch.hidden.sum().mul(0);
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const SpanExample&>(*row.example);
    const auto tokens = static_cast<std::int64_t>(encoded.windows[row.sequence].size());
    result.units += encoded.units[row.sequence];
    if (types() == 0 || tokens == 0) continue;
    const at::Tensor inside = at::tensor(encoded.inside[row.sequence]).view({tokens, types()}).to(to);
    const at::Tensor begin = at::tensor(encoded.begin[row.sequence]).view({tokens, types()}).to(to);
    const at::Tensor target = at::cat({inside, begin}, 1);
    const at::Tensor counted = at::cat({inside.mul(0).add(1), inside}, 1);  // a begin is asked for inside only
    result.sum = result.sum.add(
        at::binary_cross_entropy_with_logits(span_logits(batch, row), target, counted, {}, at::Reduction::Sum)
            .div(static_cast<double>(tokens)));
  }
  if (labels() > 0) {
    std::vector<float> targets;
    for (const HeadBatch::Row& row : batch.rows) {
      const auto& own = static_cast<const SpanExample&>(*row.example).labels;
      targets.insert(targets.end(), own.begin(), own.end());
    }
    const at::Tensor target = at::tensor(targets).view({rows, labels()}).to(to);
    result.sum =
        result.sum.add(at::binary_cross_entropy_with_logits(label_logits(batch), target, {}, {}, at::Reduction::Sum));
  }
  return result;
}

// Scores of a window: [labels], then for each token [types] inside and [types] begin.
std::vector<HeadOutput> MultilabelSpanHead::predict(const HeadBatch& batch) const {
  std::vector<HeadOutput> outputs(batch.rows.size());
  if (labels() > 0) outputs = row_scores(at::sigmoid(label_logits(batch)));
  for (std::size_t r = 0; types() > 0 && r < outputs.size(); ++r) {
    const at::Tensor spans = at::sigmoid(span_logits(batch, batch.rows[r])).to(at::kCPU).to(at::kFloat).contiguous();
    const float* first = spans.const_data_ptr<float>();
    outputs[r].scores.insert(outputs[r].scores.end(), first, first + spans.numel());
  }
  return outputs;
}

std::vector<float> MultilabelSpanHead::label_scores(const std::vector<HeadOutput>& outputs) const {
  std::vector<float> best(static_cast<std::size_t>(labels()), 0.0F);
  for (const HeadOutput& output : outputs) {
    for (std::size_t l = 0; l < best.size(); ++l) best[l] = std::max(best[l], output.scores[l]);
  }
  return best;
}

void MultilabelSpanHead::tune(const std::vector<TuningExample>& dev) {
  std::vector<std::vector<std::string>> gold;
  std::vector<std::vector<float>> probabilities;
  ThresholdSearch inside;
  const std::size_t n = types_.size(), first = choice_.names().size();
  for (const TuningExample& example : dev) {
    const auto& encoded = static_cast<const SpanExample&>(*example.encoded);
    gold.push_back(example.gold->labels);
    probabilities.push_back(label_scores(*example.outputs));
    SpanExample marked;  // the gold of the same windows
    marked.text = std::make_unique<TokenizedText>(example.gold->text, encoded.text->tokens());
    marked.windows = encoded.windows;
    mark(example.gold->mentions, marked);
    for (std::size_t w = 0; w < marked.windows.size(); ++w) {
      for (std::size_t i = 0; i < marked.inside[w].size(); ++i) {
        inside.add((*example.outputs)[w].scores[first + (i / n) * 2 * n + i % n], marked.inside[w][i] > 0);
      }
    }
  }
  if (labels() > 0) choice_.tune(gold, probabilities);
  if (types() > 0) threshold_ = inside.best();
}

std::vector<Mention> MultilabelSpanHead::decode_spans(const SpanExample& encoded,
                                                      const std::vector<HeadOutput>& outputs) const {
  std::vector<Mention> found;
  const std::size_t n = types_.size(), first = choice_.names().size();
  for (std::size_t w = 0; w < outputs.size(); ++w) {
    const TokenRange& window = encoded.windows[w];
    for (std::size_t t = 0; t < n; ++t) {
      const auto score = [&](std::size_t at, std::size_t column) {
        return static_cast<double>(outputs[w].scores[first + at * 2 * n + column * n + t]);
      };
      for (std::size_t at = 0; at < window.size();) {
        std::size_t end = at;
        while (end < window.size() && score(end, 0) >= threshold_ && (end == at || score(end, 1) < 0.5)) ++end;
        const TokenRange range{window.first + at, window.first + end};
        at = std::max(end, at + 1);
        if (range.size() == 0 || owner_of(encoded.windows, range) != w) continue;
        const Span span = encoded.text->span_of(range);
        if (span.begin < span.end) found.push_back({"", types_[t], {span}, {}, {}});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Mention& a, const Mention& b) { return a.fragments.front() < b.fragments.front(); });
  for (std::size_t i = 0; i < found.size(); ++i) found[i].id = concat("T", i + 1);
  return found;
}

void MultilabelSpanHead::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const SpanExample&>(base);
  if (labels() > 0) into.labels = choice_.decode(label_scores(outputs));
  if (types() > 0) into.mentions = decode_spans(encoded, outputs);
}

}  // namespace

HeadDefinition multilabel_span_head() {
  return {"multilabel_span", "labels of a text and typed spans that may overlap",
          [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<MultilabelSpanHead>(options);
          }};
}

}  // namespace polyclinic
