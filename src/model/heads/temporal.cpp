// What Clinical TempEval asks of times and events that the example holds already: their attributes (DocTimeRel among
// them) and the links between them (CONTAINS), from one pass over each window. Attribute values and pairs have equal
// weight in the loss, one unit each.
#include <algorithm>

#include "core/error.h"
#include "model/heads/head.h"
#include "model/heads/pair_classifier.h"
#include "model/heads/value_classifier.h"

namespace polyclinic {
namespace {

struct TemporalExample : MentionExample {
  std::vector<WindowValues> values;  // of each window
  std::vector<WindowPairs> pairs;
};

class TemporalHead : public Head {
 public:
  explicit TemporalHead(const HeadOptions& options)
      : options_(options),
        values_(options.hidden_size, [](const std::string&) { return true; }),
        pairs_({options.hidden_size}) {}

  // A corpus without links, or without attributes, trains the other half.
  void prepare(const std::vector<Example>& training) override {
    values_.prepare(training);
    const auto has_links = [](const Example& example) { return !example.relations.empty(); };
    with_links_ = std::any_of(training.begin(), training.end(), has_links);
    if (with_links_) pairs_.prepare(training);
    if (!with_links_ && values_.empty()) {
      throw InputError("no attribute and no link in the training data", {}, "the head temporal needs annotated times");
    }
  }
  nlohmann::json inventory() const override {
    nlohmann::json out = {{"values", values_.inventory()}};
    if (with_links_) out["links"] = pairs_.inventory();
    return out;
  }
  void restore(const nlohmann::json& inventory) override {
    values_.restore(inventory.at("values"));
    with_links_ = inventory.contains("links");
    if (with_links_) pairs_.restore(inventory.at("links"));
  }

  std::vector<HeadParameter> parameters() const override {
    std::vector<HeadParameter> out = values_.parameters();
    if (with_links_) {
      for (HeadParameter& parameter : pairs_.parameters()) out.push_back(std::move(parameter));
    }
    return out;
  }
  void bind(std::vector<at::Tensor> tensors) override {
    const auto middle = tensors.begin() + static_cast<std::ptrdiff_t>(values_.parameters().size());
    values_.bind({tensors.begin(), middle});
    pairs_.bind({middle, tensors.end()});
  }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override {
    auto encoded = std::make_unique<TemporalExample>();
    encode_mentions(example, tokenizer, options_.window, *encoded);
    encoded->values = values_.place(example, *encoded, with_gold, counts);
    encoded->pairs.resize(encoded->windows.size());
    if (with_links_) encoded->pairs = pairs_.place(example, *encoded, with_gold, counts);
    for (std::size_t w = 0; with_gold && w < encoded->windows.size(); ++w) {
      const auto& decisions = encoded->values[w].decisions;
      encoded->units[w] =
          std::count_if(decisions.begin(), decisions.end(), [](const auto& d) { return d.value >= 0; }) +
          static_cast<std::int64_t>(encoded->pairs[w].pairs.size());
    }
    return encoded;
  }

  HeadLoss loss(const HeadBatch& batch) const override {
    HeadLoss result = values_.loss(value_items(batch));
    if (!with_links_) return result;
    const HeadLoss links = pairs_.loss(pair_items(batch));
    return {result.sum.add(links.sum), result.units + links.units};
  }

  // labels: the values of the window's decisions, then what PairClassifier says.
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override {
    std::vector<HeadOutput> out(batch.rows.size());
    if (with_links_) out = pairs_.predict(pair_items(batch));
    const auto values = values_.predict(value_items(batch));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].labels.insert(out[i].labels.begin(), values[i].begin(), values[i].end());
    }
    return out;
  }

  void decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const override {
    const auto& encoded = static_cast<const TemporalExample&>(base);
    values_.clear(into);
    into.relations.clear();
    for (std::size_t w = 0; w < outputs.size(); ++w) {
      values_.decode(encoded.values[w], outputs[w].labels.data(), into);
      HeadOutput links = outputs[w];
      const auto first = static_cast<std::ptrdiff_t>(encoded.values[w].decisions.size());
      links.labels.erase(links.labels.begin(), links.labels.begin() + first);
      pairs_.decode(encoded.pairs[w], links, into);
    }
    finish_relations(into);
  }

 private:
  static std::vector<ValueClassifier::Item> value_items(const HeadBatch& batch) {
    return window_items<ValueClassifier::Item>(batch, &TemporalExample::values);
  }
  static std::vector<PairClassifier::Item> pair_items(const HeadBatch& batch) {
    return window_items<PairClassifier::Item>(batch, &TemporalExample::pairs);
  }

  HeadOptions options_;
  ValueClassifier values_;
  PairClassifier pairs_;
  bool with_links_ = false;
};

}  // namespace

HeadDefinition temporal_head() {
  return {"temporal", "attributes of times and events, DocTimeRel, and the links between them",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<TemporalHead>(options); }};
}

}  // namespace polyclinic
