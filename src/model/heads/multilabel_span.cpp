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
#include <array>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/layer_labels.h"
#include "data/labels/mention_labels.h"
#include "model/heads/label_choice.h"
#include "model/heads/mention_states.h"
#include "model/heads/text_head.h"
#include "model/heads/windowed_example.h"

namespace polyclinic {
namespace {

constexpr std::int64_t kEdges = 8;  // characters left out of a span's outer tokens: -2 to 5
constexpr std::int64_t kNoEdge = 2;

// Targets of one window.
struct SpanTargets {
  std::vector<float> inside, begin;                // [tokens * lanes]
  std::array<std::vector<std::int64_t>, 2> edges;  // before, after: [tokens], ignored_label where no span has an edge
};

struct SpanExample : WindowedExample {
  std::vector<float> labels;         // targets of the text
  std::vector<SpanTargets> targets;  // of each window
};

bool overlap_in_type(const Example& example) {
  for (const Mention& a : example.mentions) {
    for (const Mention& b : example.mentions) {
      const Span x = a.fragments.front(), y = b.fragments.front();
      if (a.type == b.type && x != y && x.begin < y.end && y.begin < x.end) return true;
    }
  }
  return false;
}

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
    const std::int64_t rows = 2 * lanes() + 2 * kEdges;
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
  void mark(const std::vector<Mention>& mentions, SpanExample& encoded) const;
  static void mark_span(const TokenizedText& text, TokenRange window, TokenRange range, Span span, std::size_t lane,
                        std::size_t lanes, SpanTargets& targets);
  HeadOutput target_output(const SpanExample& encoded, std::size_t window) const;
  // Rows of a batch that hold text, without special tokens.
  static TokenRange text_rows(const HeadBatch::Row& row);
  at::Tensor label_logits(const HeadBatch& batch) const;  // [rows of the batch, labels]
  // [tokens of the row, 2 * lanes + 2 * kEdges]
  at::Tensor span_logits(const HeadBatch& batch, const HeadBatch::Row& row) const;
  std::vector<float> label_scores(const std::vector<HeadOutput>& outputs) const;
  std::vector<Mention> decode_spans(const SpanExample& encoded, const std::vector<HeadOutput>& outputs) const;

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
  nested_ = std::any_of(training.begin(), training.end(), overlap_in_type);
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

// One span in one window. Where spans share an outer token, the first one's edge counts.
void MultilabelSpanHead::mark_span(const TokenizedText& text, TokenRange window, TokenRange range, Span span,
                                   std::size_t lane, std::size_t lanes, SpanTargets& targets) {
  const auto set_edge = [&](std::size_t side, std::size_t token, std::size_t from, std::size_t to) {
    if (token < window.first || token >= window.last) return;
    std::int64_t& target = targets.edges[side][token - window.first];
    const auto edge = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from) + kNoEdge;
    if (target == ignored_label && edge >= 0 && edge < kEdges) target = edge;
  };
  const Span all = text.span_of(range);
  set_edge(0, range.first, all.begin, span.begin);
  set_edge(1, range.last - 1, span.end, all.end);
  for (std::size_t at = std::max(range.first, window.first); at < std::min(range.last, window.last); ++at) {
    targets.inside[(at - window.first) * lanes + lane] = 1;
    if (at == range.first) targets.begin[(at - window.first) * lanes + lane] = 1;
  }
}

void MultilabelSpanHead::mark(const std::vector<Mention>& mentions, SpanExample& encoded) const {
  struct Placed {
    std::size_t type;
    TokenRange range;
    Span span;
  };
  std::vector<Placed> placed;
  for (const Mention& mention : mentions) {
    const auto type = std::lower_bound(types_.begin(), types_.end(), mention.type);
    const Span span = mention.fragments.front();
    const auto range = encoded.text->tokens_of(encoded.text->trimmed(span));
    if (!range || type == types_.end() || *type != mention.type) continue;
    placed.push_back({static_cast<std::size_t>(type - types_.begin()), *range, span});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.range.first != b.range.first ? a.range.first < b.range.first : a.range.last > b.range.last;
  });
  const auto lanes = static_cast<std::size_t>(this->lanes());
  for (const TokenRange& window : encoded.windows) {
    SpanTargets targets;
    targets.inside.assign(window.size() * lanes, 0);
    targets.begin.assign(window.size() * lanes, 0);
    targets.edges.fill(std::vector<std::int64_t>(window.size(), ignored_label));
    std::vector<std::size_t> taken(lanes, 0);  // of each lane, tokens before this one
    for (const Placed& one : placed) {
      std::size_t lane = one.type;
      while (lane < lanes && one.range.first < taken[lane]) lane += types_.size();
      if (lane >= lanes) continue;
      taken[lane] = one.range.last;
      mark_span(*encoded.text, window, one.range, one.span, lane, lanes, targets);
    }
    encoded.targets.push_back(std::move(targets));
  }
}

// What predict() would say if it knew the targets.
HeadOutput MultilabelSpanHead::target_output(const SpanExample& encoded, std::size_t window) const {
  HeadOutput output;
  output.scores.assign(encoded.labels.begin(), encoded.labels.end());
  const SpanTargets& targets = encoded.targets[window];
  for (std::size_t at = 0; at < encoded.windows[window].size(); ++at) {
    const auto row = static_cast<std::ptrdiff_t>(at) * lanes();
    for (const auto* values : {&targets.inside, &targets.begin}) {
      output.scores.insert(output.scores.end(), values->begin() + row, values->begin() + row + lanes());
    }
    for (const auto& edges : targets.edges) {
      output.scores.push_back(edges[at] == ignored_label ? 0.0F : static_cast<float>(edges[at] - kNoEdge));
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
    if (lanes() == 0 || tokens == 0) continue;
    const SpanTargets& targets = encoded.targets[row.sequence];
    const at::Tensor inside = at::tensor(targets.inside).view({tokens, lanes()}).to(to);
    const at::Tensor begin = at::tensor(targets.begin).view({tokens, lanes()}).to(to);
    const at::Tensor counted = at::cat({inside.mul(0).add(1), inside}, 1);  // a begin is asked for inside only
    const at::Tensor logits = span_logits(batch, row);
    at::Tensor sum = at::binary_cross_entropy_with_logits(logits.narrow(1, 0, 2 * lanes()), at::cat({inside, begin}, 1),
                                                          counted, {}, at::Reduction::Sum);
    for (std::int64_t side = 0; side < 2; ++side) {
      const at::Tensor edges = at::tensor(targets.edges[static_cast<std::size_t>(side)]).to(to.device());
      sum = sum.add(at::cross_entropy_loss(logits.narrow(1, 2 * lanes() + side * kEdges, kEdges), edges, {},
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
    const at::Tensor target = at::tensor(targets).view({rows, labels()}).to(to);
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
      const at::Tensor best = at::argmax(logits.narrow(1, 2 * lanes() + side * kEdges, kEdges), 1, true);
      parts.push_back(best.to(logits.scalar_type()).sub(kNoEdge));
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
    SpanExample marked;  // the gold of the same windows
    marked.text = std::make_unique<TokenizedText>(example.gold->text, encoded.text->tokens());
    marked.windows = encoded.windows;
    mark(example.gold->mentions, marked);
    for (std::size_t w = 0; w < marked.windows.size(); ++w) {
      const std::vector<float>& gold_inside = marked.targets[w].inside;
      for (std::size_t i = 0; i < gold_inside.size(); ++i) {
        inside.add((*example.outputs)[w].scores[first + (i / n) * width() + i % n], gold_inside[i] > 0);
      }
    }
  }
  if (labels() > 0) choice_.tune(gold, probabilities);
  if (lanes() > 0) threshold_ = inside.best();
}

// Edges that leave nothing, or would leave the text, are no edges.
Span with_edges(const TokenizedText& text, Span span, std::int64_t before, std::int64_t after) {
  const auto begin = static_cast<std::int64_t>(span.begin) + before, end = static_cast<std::int64_t>(span.end) - after;
  if (begin < 0 || begin >= end || end > static_cast<std::int64_t>(text.offsets().code_points())) return span;
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

std::vector<Mention> MultilabelSpanHead::decode_spans(const SpanExample& encoded,
                                                      const std::vector<HeadOutput>& outputs) const {
  std::vector<Mention> found;
  const std::size_t n = static_cast<std::size_t>(lanes()), first = choice_.names().size();
  for (std::size_t w = 0; w < outputs.size(); ++w) {
    const TokenRange& window = encoded.windows[w];
    for (std::size_t lane = 0; lane < n; ++lane) {
      const auto score = [&](std::size_t at, std::size_t column) {
        return static_cast<double>(outputs[w].scores[first + at * width() + column]);
      };
      for (std::size_t at = 0; at < window.size();) {
        std::size_t end = at;
        while (end < window.size() && score(end, lane) >= threshold_ && (end == at || score(end, n + lane) < 0.5))
          ++end;
        const TokenRange range{window.first + at, window.first + end};
        at = std::max(end, at + 1);
        if (range.size() == 0 || owner_of(encoded.windows, range) != w) continue;
        const auto before = static_cast<std::int64_t>(score(range.first - window.first, 2 * n));
        const auto after = static_cast<std::int64_t>(score(end - 1, 2 * n + 1));
        const Span span = with_edges(*encoded.text, encoded.text->span_of(range), before, after);
        if (span.begin < span.end) found.push_back({"", types_[lane % types_.size()], {span}, {}, {}});
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
  if (lanes() > 0) into.mentions = decode_spans(encoded, outputs);
}

}  // namespace

HeadDefinition multilabel_span_head() {
  return {"multilabel_span", "labels of a text and typed spans that may overlap",
          [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<MultilabelSpanHead>(options);
          }};
}

}  // namespace polyclinic
