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

namespace polyclinic {
namespace {

struct NerExample : HeadExample {
  std::unique_ptr<TokenizedText> text;
  std::vector<TokenRange> windows;
  std::size_t prefix = 0;                          // special tokens before the text of each sequence
  std::vector<std::vector<std::int64_t>> targets;  // of each window: [L * tokens], layer by layer; empty without gold
};

std::vector<TokenMention> token_mentions(const Example& example, const TokenizedText& text,
                                         const std::vector<std::string>& types) {
  std::vector<TokenMention> mentions;
  for (const Mention& mention : example.mentions) {
    const auto type = std::find(types.begin(), types.end(), mention.type);
    TokenMention found{static_cast<std::size_t>(type - types.begin()), {}};
    for (const Span& fragment : mention.fragments) {
      const auto range = text.tokens_of(fragment);
      if (!range) continue;
      if (!found.fragments.empty() && range->first <= found.fragments.back().last) {
        found.fragments.back().last = std::max(found.fragments.back().last, range->last);
      } else {
        found.fragments.push_back(*range);
      }
    }
    if (type != types.end() && !found.fragments.empty()) mentions.push_back(std::move(found));
  }
  return mentions;
}

class NerHead : public Head {
 public:
  explicit NerHead(const HeadOptions& options) : options_(options) {
    for (const auto& [name, value] : options.options) {
      if (name == "entity_handling" && (value == "bio" || value == "layered")) {
        form_ = value == "layered" ? MentionLabels::Form::layered : MentionLabels::Form::bio;
      } else {
        throw InputError(concat("the head ner does not know '", name, ": ", value, "'"), {},
                         "task.preprocessing.entity_handling is bio or layered");
      }
    }
  }

  void prepare(const std::vector<Example>& training) override {
    std::set<std::string> types;
    for (const Example& example : training) {
      for (const Mention& mention : example.mentions) types.insert(mention.type);
    }
    if (types.empty()) throw InputError("no mention in the training data", {}, "the head ner needs annotated entities");
    set_types({types.begin(), types.end()});
  }
  nlohmann::json inventory() const override { return {{"types", labels_->types()}}; }
  void restore(const nlohmann::json& inventory) override {
    set_types(inventory.at("types").get<std::vector<std::string>>());
  }

  std::vector<HeadParameter> parameters() const override {
    const auto rows = static_cast<std::int64_t>(labels_->layers() * labels_->names().size());
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
  void set_types(std::vector<std::string> types) {
    constexpr std::size_t layers = 2;  // enough for 99 % of ShARe-like mentions (docs/decisions.md)
    labels_.emplace(std::move(types), form_, form_ == MentionLabels::Form::bio ? 1 : layers);
    transitions_ = {labels_->names().size(), labels_->transitions(), labels_->start()};
  }
  void add_targets(NerExample& encoded, const std::vector<TokenMention>& mentions, std::int64_t& lost) const;
  at::Tensor logits(const HeadBatch& batch) const { return at::linear(batch.hidden, weight_, bias_); }

  HeadOptions options_;
  MentionLabels::Form form_ = MentionLabels::Form::bio;
  std::optional<MentionLabels> labels_;
  Transitions transitions_;
  at::Tensor weight_, bias_;  // [L * labels, d], [L * labels]
};

std::unique_ptr<HeadExample> NerHead::encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                             HeadCounts& counts) const {
  auto encoded = std::make_unique<NerExample>();
  encoded->text = std::make_unique<TokenizedText>(example.text, tokenizer.encode_plain(example.text, false));
  const std::vector<std::int32_t>&prefix = tokenizer.prefix_ids(), &suffix = tokenizer.suffix_ids();
  encoded->prefix = prefix.size();
  encoded->windows = plan_windows(encoded->text->tokens(), {}, options_.window, prefix.size() + suffix.size());
  for (const TokenRange& window : encoded->windows) {
    encoded->sequences.push_back(make_sequence(encoded->text->tokens(), window, prefix, suffix));
  }
  encoded->units.assign(encoded->windows.size(), 0);
  if (with_gold) {
    std::int64_t lost = 0;
    const std::vector<TokenMention> mentions = token_mentions(example, *encoded->text, labels_->types());
    add_targets(*encoded, mentions, lost);
    counts.gold += static_cast<std::int64_t>(example.mentions.size());
    counts.lost += lost + static_cast<std::int64_t>(example.mentions.size() - mentions.size());
  }
  return encoded;
}

// A mention belongs to the windows that hold all of it; where only a part lies in a window, that part has no loss.
void NerHead::add_targets(NerExample& encoded, const std::vector<TokenMention>& mentions, std::int64_t& lost) const {
  std::vector<bool> kept(mentions.size(), false);
  for (std::size_t w = 0; w < encoded.windows.size(); ++w) {
    const TokenRange window = encoded.windows[w];
    std::vector<TokenMention> inside;
    std::vector<std::size_t> which;
    std::vector<TokenRange> cut;
    for (std::size_t m = 0; m < mentions.size(); ++m) {
      const TokenRange hull = mentions[m].hull();
      if (hull.last <= window.first || hull.first >= window.last) continue;
      if (hull.first < window.first || hull.last > window.last) {
        cut.push_back({std::max(hull.first, window.first), std::min(hull.last, window.last)});
        continue;
      }
      inside.push_back(mentions[m]);
      which.push_back(m);
      for (TokenRange& fragment : inside.back().fragments) {
        fragment.first -= window.first;
        fragment.last -= window.first;
      }
    }
    EncodedMentions result = labels_->encode(inside, window.size());
    for (const std::size_t m : which) kept[m] = true;
    for (const std::size_t i : result.lost) kept[which[i]] = false;
    for (const TokenRange& range : cut) {
      for (std::size_t layer = 0; layer < labels_->layers(); ++layer) {
        for (std::size_t t = range.first; t < range.last; ++t)
          result.labels.at(layer, t - window.first) = ignored_label;
      }
    }
    encoded.targets.emplace_back(result.labels.values.begin(), result.labels.values.end());
    encoded.units[w] = static_cast<std::int64_t>(result.labels.values.size()) -
                       std::count(result.labels.values.begin(), result.labels.values.end(), ignored_label);
  }
  lost += std::count(kept.begin(), kept.end(), false);
}

HeadLoss NerHead::loss(const HeadBatch& batch) const {
  const auto layers = static_cast<std::int64_t>(labels_->layers());
  const auto names = static_cast<std::int64_t>(labels_->names().size());
  std::vector<std::int64_t> targets(static_cast<std::size_t>(batch.hidden.size(0) * layers), ignored_label);
  HeadLoss result;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const NerExample&>(*row.example);
    const std::vector<std::int64_t>& values = encoded.targets[row.sequence];
    const std::int64_t tokens = static_cast<std::int64_t>(encoded.windows[row.sequence].size());
    for (std::int64_t t = 0; t < tokens; ++t) {
      for (std::int64_t layer = 0; layer < layers; ++layer) {
        const std::int64_t position = row.begin + static_cast<std::int64_t>(encoded.prefix) + t;
        targets[static_cast<std::size_t>(position * layers + layer)] =
            values[static_cast<std::size_t>(layer * tokens + t)];
      }
    }
    result.units += encoded.units[row.sequence];
  }
  const at::Tensor target = at::tensor(targets).to(batch.hidden.device());
  result.sum = at::cross_entropy_loss(logits(batch).view({-1, names}), target, {}, at::Reduction::Sum, ignored_label);
  return result;
}

std::vector<HeadOutput> NerHead::predict(const HeadBatch& batch) const {
  const std::size_t layers = labels_->layers(), names = labels_->names().size();
  const at::Tensor scores = at::log_softmax(logits(batch).view({batch.hidden.size(0), static_cast<std::int64_t>(layers),
                                                                static_cast<std::int64_t>(names)}),
                                            -1)
                                .to(at::kCPU)
                                .transpose(0, 1)
                                .contiguous();  // [L, R, labels]
  std::vector<HeadOutput> outputs;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const NerExample&>(*row.example);
    const std::size_t tokens = encoded.windows[row.sequence].size();
    HeadOutput output;
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const std::size_t begin = static_cast<std::size_t>(row.begin) + encoded.prefix;
      const float* first =
          scores.const_data_ptr<float>() + (layer * static_cast<std::size_t>(batch.hidden.size(0)) + begin) * names;
      const std::vector<std::int32_t> best = viterbi(first, tokens, transitions_);
      output.labels.insert(output.labels.end(), best.begin(), best.end());
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

void NerHead::decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const {
  const auto& encoded = static_cast<const NerExample&>(base);
  into.mentions.clear();
  for (std::size_t w = 0; w < encoded.windows.size(); ++w) {
    const TokenRange window = encoded.windows[w];
    const LayeredLabels labels{labels_->layers(), window.size(), outputs[w].labels};
    for (const TokenMention& found : labels_->decode(labels)) {
      const TokenRange hull{found.hull().first + window.first, found.hull().last + window.first};
      if (owner_of(encoded.windows, hull) != w) continue;
      Mention mention;
      mention.type = labels_->types()[found.type];
      for (const TokenRange& fragment : found.fragments) {
        const Span span = encoded.text->span_of({fragment.first + window.first, fragment.last + window.first});
        if (span.begin < span.end) mention.fragments.push_back(span);
      }
      if (!mention.fragments.empty()) into.mentions.push_back(std::move(mention));
    }
  }
  std::stable_sort(into.mentions.begin(), into.mentions.end(),
                   [](const Mention& a, const Mention& b) { return a.fragments < b.fragments; });
  for (std::size_t m = 0; m < into.mentions.size(); ++m) into.mentions[m].id = concat("T", m + 1);
}

}  // namespace

HeadDefinition ner_head() {
  return {"ner", "entity mentions, one label a token",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<NerHead>(options); }};
}

}  // namespace polyclinic
