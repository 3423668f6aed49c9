// Entity mentions as one label a token and layer (data/labels/mention_labels.h): a linear layer, cross entropy, and
// Viterbi decoding over the label sequences that the form allows.
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/mention_labels.h"
#include "model/heads/head.h"
#include "model/heads/viterbi.h"
#include "model/heads/windowed_example.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

struct NerExample : WindowedExample {
  std::vector<std::vector<std::int64_t>> targets;  // of each window: [L * tokens], layer by layer; empty without gold
};

// True when plain BIO loses a mention of the example: one in pieces, or two that share a character.
bool beyond_bio(const Example& example) {
  std::vector<Span> spans;
  for (const Mention& mention : example.mentions) {
    if (mention.fragments.size() > 1) return true;
    spans.push_back(mention.fragments.front());
  }
  std::sort(spans.begin(), spans.end());
  const auto overlap = [](const Span& a, const Span& b) { return b.begin < a.end; };
  return std::adjacent_find(spans.begin(), spans.end(), overlap) != spans.end();
}

// Ends of mentions with a character other than a blank on both sides: there a token may hold more than the mention.
std::size_t tight_mentions(const Example& example) {
  const TokenizedText text(example.text, {});
  const std::size_t size = text.offsets().code_points();
  const auto blank = [&](std::size_t at) { return text.trimmed({at, at + 1}).begin != at; };
  const auto tight = [&](std::size_t at) { return at > 0 && at < size && !blank(at - 1) && !blank(at); };
  return static_cast<std::size_t>(std::count_if(example.mentions.begin(), example.mentions.end(), [&](const auto& m) {
    return tight(m.fragments.front().begin) || tight(m.fragments.back().end);
  }));
}

constexpr std::pair<MentionLabels::Form, std::string_view> kForms[] = {{MentionLabels::Form::bio, "bio"},
                                                                       {MentionLabels::Form::edges, "edges"},
                                                                       {MentionLabels::Form::layered, "layered"}};

class NerHead : public Head {
 public:
  explicit NerHead(const HeadOptions& options) : options_(options) {
    if (options.entity_handling == "layered") form_ = MentionLabels::Form::layered;
  }

  void prepare(const std::vector<Example>& training) override {
    std::set<std::string> types;
    for (const Example& example : training) {
      for (const Mention& mention : example.mentions) types.insert(mention.type);
    }
    if (types.empty()) throw InputError("no mention in the training data", {}, "the head ner needs annotated entities");
    if (options_.discontiguous == "auto" && form_ == MentionLabels::Form::bio) form_ = form_for(training);
    set_types({types.begin(), types.end()});
  }
  nlohmann::json inventory() const override {
    const auto* form = std::ranges::find(kForms, form_, [](const auto& pair) { return pair.first; });
    return {{"types", labels_->types()}, {"labels", std::string(form->second)}};
  }
  void restore(const nlohmann::json& inventory) override {
    const auto name = inventory.at("labels").get<std::string>();
    form_ = std::ranges::find(kForms, std::string_view(name), [](const auto& pair) { return pair.second; })->first;
    set_types(inventory.at("types").get<std::vector<std::string>>());
  }

  std::vector<HeadParameter> parameters() const override {
    std::int64_t rows = 0;
    for (const LabelLayer& layer : labels_->layers()) rows += static_cast<std::int64_t>(layer.size());
    return {{"weight", {rows, options_.hidden_size}, 0.02}, {"bias", {rows}, 0}};
  }
  void bind(std::vector<at::Tensor> tensors) override {
    weight_ = tensors.at(0);
    bias_ = tensors.at(1);
  }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override;
  HeadLoss loss(const HeadBatch& batch) const override;
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override;
  void decode(const HeadExample& encoded, const std::vector<HeadOutput>& outputs, Example& into) const override;

 private:
  // The smallest form that holds training's mentions.
  static MentionLabels::Form form_for(const std::vector<Example>& training) {
    if (std::any_of(training.begin(), training.end(), beyond_bio)) return MentionLabels::Form::layered;
    std::size_t mentions = 0, tight = 0;
    for (const Example& example : training) {
      mentions += example.mentions.size();
      tight += tight_mentions(example);
    }
    return 200 * tight > mentions ? MentionLabels::Form::edges : MentionLabels::Form::bio;
  }
  void set_types(std::vector<std::string> types) {
    constexpr std::size_t layers = 2;  // enough for 99 % of ShARe-like mentions (docs/decisions.md)
    labels_.emplace(std::move(types), form_, layers);
    transitions_.clear();
    for (const LabelLayer& layer : labels_->layers()) {
      transitions_.push_back({layer.size(), layer.transitions, layer.start});
    }
  }
  void add_targets(NerExample& encoded, const std::vector<Mention>& mentions, HeadCounts& counts) const;
  // Logits of one layer's labels, [R, labels].
  std::vector<at::Tensor> by_layer(const at::Tensor& logits) const {
    std::vector<at::Tensor> parts;
    std::int64_t begin = 0;
    for (const LabelLayer& layer : labels_->layers()) {
      const auto size = static_cast<std::int64_t>(layer.size());
      parts.push_back(logits.narrow(1, begin, size));
      begin += size;
    }
    return parts;
  }
  at::Tensor logits(const HeadBatch& batch) const { return at::linear(batch.hidden, weight_, bias_); }

  HeadOptions options_;
  MentionLabels::Form form_ = MentionLabels::Form::bio;
  std::optional<MentionLabels> labels_;
  std::vector<Transitions> transitions_;  // of each layer
  at::Tensor weight_, bias_;              // [labels of all layers, d], [labels of all layers]
};

std::unique_ptr<HeadExample> NerHead::encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                             HeadCounts& counts) const {
  auto encoded = std::make_unique<NerExample>();
  encode_windows(example, tokenizer, options_.window, *encoded);
  if (with_gold) add_targets(*encoded, example.mentions, counts);
  return encoded;
}

// A mention is kept when the window that owns it gives it back.
void NerHead::add_targets(NerExample& encoded, const std::vector<Mention>& mentions, HeadCounts& counts) const {
  std::vector<bool> kept(mentions.size(), false);
  for (std::size_t w = 0; w < encoded.windows.size(); ++w) {
    const EncodedMentions result = labels_->encode(*encoded.text, encoded.windows[w], mentions);
    for (std::size_t m = 0; m < mentions.size(); ++m) {
      const auto hull = token_hull(*encoded.text, mentions[m]);
      const bool lost = std::binary_search(result.lost.begin(), result.lost.end(), m);
      if (hull && !lost && owner_of(encoded.windows, *hull) == w) kept[m] = true;
    }
    const LayeredLabels& labels = result.labels;
    encoded.targets.emplace_back(labels.values.begin(), labels.values.end());
    for (std::size_t t = 0; t < labels.tokens; ++t) {
      bool bears_loss = false;
      for (std::size_t layer = 0; layer < labels.layers; ++layer) bears_loss |= labels.at(layer, t) != ignored_label;
      encoded.units[w] += bears_loss;
    }
  }
  counts.gold += static_cast<std::int64_t>(mentions.size());
  counts.lost += std::count(kept.begin(), kept.end(), false);
}

// Summed over the layers, so that a token's loss is one number whatever the form.
HeadLoss NerHead::loss(const HeadBatch& batch) const {
  const std::size_t layers = labels_->layers().size(), rows = static_cast<std::size_t>(batch.hidden.size(0));
  std::vector<std::int64_t> targets(layers * rows, ignored_label);
  HeadLoss result;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const NerExample&>(*row.example);
    const std::vector<std::int64_t>& values = encoded.targets[row.sequence];
    const std::size_t tokens = encoded.windows[row.sequence].size();
    for (std::size_t layer = 0; layer < layers; ++layer) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(layer * tokens), tokens,
                  targets.begin() +
                      static_cast<std::ptrdiff_t>(layer * rows + static_cast<std::size_t>(row.begin) + encoded.prefix));
    }
    result.units += encoded.units[row.sequence];
  }
  const at::Tensor target = upload(at::tensor(targets), batch.hidden.device());
  const std::vector<at::Tensor> parts = by_layer(logits(batch));
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const at::Tensor of_layer =
        target.narrow(0, static_cast<std::int64_t>(layer * rows), static_cast<std::int64_t>(rows));
    const at::Tensor sum = at::cross_entropy_loss(parts[layer], of_layer, {}, at::Reduction::Sum, ignored_label);
    result.sum = layer == 0 ? sum : result.sum.add(sum);
  }
  return result;
}

std::vector<HeadOutput> NerHead::predict(const HeadBatch& batch) const {
  std::vector<at::Tensor> scores;
  for (const at::Tensor& part : by_layer(logits(batch))) {
    scores.push_back(at::log_softmax(part, -1).to(at::kCPU).contiguous());
  }
  std::vector<HeadOutput> outputs;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const NerExample&>(*row.example);
    const std::size_t begin = static_cast<std::size_t>(row.begin) + encoded.prefix;
    HeadOutput output;
    for (std::size_t layer = 0; layer < scores.size(); ++layer) {
      const float* first = scores[layer].const_data_ptr<float>() + begin * labels_->layers()[layer].size();
      const std::vector<std::int32_t> best = viterbi(first, encoded.windows[row.sequence].size(), transitions_[layer]);
      output.labels.insert(output.labels.end(), best.begin(), best.end());
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

void NerHead::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const NerExample&>(base);
  std::vector<std::vector<DecodedMention>> of_window;
  for (std::size_t w = 0; w < encoded.windows.size(); ++w) {
    const LayeredLabels labels{labels_->layers().size(), encoded.windows[w].size(), outputs[w].labels};
    of_window.push_back(labels_->decode(*encoded.text, encoded.windows[w], labels));
  }
  into.mentions.clear();
  for (DecodedMention& found : merge_windows(encoded.windows, of_window)) {
    Mention mention;
    mention.id = concat("T", into.mentions.size() + 1);
    mention.type = std::move(found.type);
    mention.fragments = std::move(found.fragments);
    into.mentions.push_back(std::move(mention));
  }
}

}  // namespace

HeadDefinition ner_head() {
  return {"ner", "entity mentions, one label a token",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<NerHead>(options); }};
}

}  // namespace polyclinic
