// Labels of a text, and spans with a type each that may overlap (persuasion techniques). What training has of the two
// is learnt, from the same windows:
//   labels: a logistic output each over the mean state of a window; of several windows the highest counts
//   spans:  for each lane and token two logistic outputs: inside a span of the lane's type, and, inside, does one begin
//           here. A type has one lane, or two where training has spans of one type that overlap.
//   edges:  at a span's first and last token a softmax over how many characters of it the span leaves out, -2 to 5;
//           below 0 the span takes in a blank beside it
// One window is one unit: its labels' binary cross entropy, and the mean over its tokens of the spans' cross entropies.
// The thresholds on labels and on "inside" are tuned on dev (label_choice.h), the latter by tokens.
#include <ATen/ops/argmax.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/layer_labels.h"
#include "data/labels/span_targets.h"
#include "model/heads/label_choice.h"
#include "model/heads/mention_states.h"
#include "model/heads/text_head.h"
#include "model/heads/windowed_example.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

struct SpanExample : WindowedExample {
  std::vector<float> labels;         // targets of the text
  std::vector<SpanTargets> targets;  // of each window
};

class MultilabelSpanHead : public Head {
 public:
  explicit MultilabelSpanHead(const HeadOptions& options) : options_(options) {}

  void prepare(const std::vector<Example>& training) override;
  nlohmann::json inventory() const override {
    return {{"labels", choice_.inventory()}, {"types", types_}, {"nested", nested_}, {"threshold", threshold_}};
  }
  void restore(const nlohmann::json& inventory) override {
    choice_.restore(inventory.at("labels"));
    inventory.at("types").get_to(types_);
    inventory.at("nested").get_to(nested_);
    inventory.at("threshold").get_to(threshold_);
  }
  std::vector<HeadParameter> parameters() const override {
    const std::int64_t d = options_.hidden_size;
    std::vector<HeadParameter> out;
    if (labels() > 0) out.insert(out.end(), {{"label.weight", {labels(), d}, 0.02}, {"label.bias", {labels()}, 0}});
    const std::int64_t rows = 2 * lanes() + 2 * span_edges;
    if (lanes() > 0) out.insert(out.end(), {{"span.weight", {rows, d}, 0.02}, {"span.bias", {rows}, 0}});
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
  std::int64_t lanes() const { return static_cast<std::int64_t>(types_.size() * (nested_ ? 2 : 1)); }
  std::size_t width() const { return 2 * static_cast<std::size_t>(lanes()) + 2; }  // scores of a token
  std::vector<SpanTargets> targets_of(const std::vector<Mention>& mentions, const WindowedExample& encoded) const {
    return span_targets(mentions, types_, static_cast<std::size_t>(lanes()), *encoded.text, encoded.windows);
  }
  // Rows of a batch that hold text, without special tokens.
  static TokenRange text_rows(const HeadBatch::Row& row);
  at::Tensor label_logits(const HeadBatch& batch) const;  // [rows of the batch, labels]
  // [tokens of the row, 2 * lanes + 2 * span_edges]
  at::Tensor span_logits(const HeadBatch& batch, const HeadBatch::Row& row) const;
  std::vector<float> label_scores(const std::vector<HeadOutput>& outputs) const;
  SpanTargets said(const HeadOutput& output, std::size_t tokens) const;  // what scores above the threshold say

  HeadOptions options_;
  LabelChoice choice_;
  std::vector<std::string> types_;
  bool nested_ = false;
  double threshold_ = 0.5;  // of "inside"
  std::vector<at::Tensor> weights_;
};

void MultilabelSpanHead::prepare(const std::vector<Example>& training) {
  std::set<std::string> names;
  for (const Example& example : training) {
    for (const Mention& mention : example.mentions) names.insert(mention.type);
  }
  types_.assign(names.begin(), names.end());
  nested_ = std::any_of(training.begin(), training.end(), overlaps_in_type);
  choice_.prepare(training);
  if (labels() + lanes() == 0) {
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
  encoded->targets = targets_of(example.mentions, *encoded);
  for (std::size_t w = 0; w < encoded->windows.size(); ++w) encoded->units[w] = encoded->windows[w].size() > 0;
  const std::vector<Mention> found = read_spans(encoded->targets, types_, *encoded->text, encoded->windows);
  for (const Mention& mention : example.mentions) {
    ++counts.gold;
    counts.lost += std::none_of(found.begin(), found.end(), [&](const Mention& m) {
      return m.type == mention.type && m.fragments == mention.fragments;
    });
  }
  return encoded;
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
    if (lanes() == 0 || tokens == 0) continue;
    const SpanTargets& targets = encoded.targets[row.sequence];
    const at::Tensor inside = upload(at::tensor(targets.inside).view({tokens, lanes()}), to);
    const at::Tensor begin = upload(at::tensor(targets.begin).view({tokens, lanes()}), to);
    const at::Tensor counted = at::cat({inside.mul(0).add(1), inside}, 1);  // a begin is asked for inside only
    const at::Tensor logits = span_logits(batch, row);
    at::Tensor sum = at::binary_cross_entropy_with_logits(logits.narrow(1, 0, 2 * lanes()), at::cat({inside, begin}, 1),
                                                          counted, {}, at::Reduction::Sum);
    for (std::int64_t side = 0; side < 2; ++side) {
      const at::Tensor edges = upload(at::tensor(targets.edges[static_cast<std::size_t>(side)]), to.device());
      sum = sum.add(at::cross_entropy_loss(logits.narrow(1, 2 * lanes() + side * span_edges, span_edges), edges, {},
                                           at::Reduction::Sum, ignored_label));
    }
    result.sum = result.sum.add(sum.div(static_cast<double>(tokens)));
  }
  if (labels() > 0) {
    std::vector<float> targets;
    for (const HeadBatch::Row& row : batch.rows) {
      const auto& own = static_cast<const SpanExample&>(*row.example).labels;
      targets.insert(targets.end(), own.begin(), own.end());
    }
    const at::Tensor target = upload(at::tensor(targets).view({rows, labels()}), to);
    result.sum =
        result.sum.add(at::binary_cross_entropy_with_logits(label_logits(batch), target, {}, {}, at::Reduction::Sum));
  }
  return result;
}

// Scores of a window: [labels], then for each token [lanes] inside, [lanes] begin, and the characters left out before
// and after.
std::vector<HeadOutput> MultilabelSpanHead::predict(const HeadBatch& batch) const {
  std::vector<HeadOutput> outputs(batch.rows.size());
  if (labels() > 0) outputs = row_scores(at::sigmoid(label_logits(batch)));
  for (std::size_t r = 0; lanes() > 0 && r < outputs.size(); ++r) {
    const at::Tensor logits = span_logits(batch, batch.rows[r]);
    std::vector<at::Tensor> parts{at::sigmoid(logits.narrow(1, 0, 2 * lanes()))};
    for (const std::int64_t side : {0, 1}) {
      const at::Tensor best = at::argmax(logits.narrow(1, 2 * lanes() + side * span_edges, span_edges), 1, true);
      parts.push_back(best.to(logits.scalar_type()).sub(no_edge));
    }
    const at::Tensor spans = at::cat(parts, 1).to(at::kCPU).to(at::kFloat).contiguous();
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
  const std::size_t n = static_cast<std::size_t>(lanes()), first = choice_.names().size();
  for (const TuningExample& example : dev) {
    const auto& encoded = static_cast<const SpanExample&>(*example.encoded);
    gold.push_back(example.gold->labels);
    probabilities.push_back(label_scores(*example.outputs));
    const std::vector<SpanTargets> marked = targets_of(example.gold->mentions, encoded);
    for (std::size_t w = 0; w < marked.size(); ++w) {
      const std::vector<float>& gold_inside = marked[w].inside;
      for (std::size_t i = 0; i < gold_inside.size(); ++i) {
        inside.add((*example.outputs)[w].scores[first + (i / n) * width() + i % n], gold_inside[i] > 0);
      }
    }
  }
  if (labels() > 0) choice_.tune(gold, probabilities);
  if (lanes() > 0) threshold_ = inside.best();
}

SpanTargets MultilabelSpanHead::said(const HeadOutput& output, std::size_t tokens) const {
  const std::size_t n = static_cast<std::size_t>(lanes());
  SpanTargets out;
  const float* score = output.scores.data() + choice_.names().size();
  for (std::size_t at = 0; at < tokens; ++at, score += width()) {
    for (std::size_t lane = 0; lane < n; ++lane) {
      out.inside.push_back(static_cast<double>(score[lane]) >= threshold_ ? 1 : 0);
      out.begin.push_back(score[n + lane] >= 0.5F ? 1 : 0);
    }
    for (std::size_t side = 0; side < 2; ++side) {
      out.edges[side].push_back(static_cast<std::int64_t>(score[2 * n + side]) + no_edge);
    }
  }
  return out;
}

void MultilabelSpanHead::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const SpanExample&>(base);
  if (labels() > 0) into.labels = choice_.decode(label_scores(outputs));
  if (lanes() == 0) return;
  std::vector<SpanTargets> spans;
  for (std::size_t w = 0; w < outputs.size(); ++w) spans.push_back(said(outputs[w], encoded.windows[w].size()));
  into.mentions = read_spans(spans, types_, *encoded.text, encoded.windows);
}

}  // namespace

HeadDefinition multilabel_span_head() {
  return {"multilabel_span", "labels of a text and typed spans that may overlap",
          [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<MultilabelSpanHead>(options);
          }};
}

}  // namespace polyclinic
