// Relations between mentions that the example holds already (gold in training, an earlier part's in prediction). One
// sequence a window, and all its candidate pairs from the same states.
#include "model/heads/head.h"
#include "model/heads/pair_classifier.h"

namespace polyclinic {
namespace {

struct RelationExample : MentionExample {
  std::vector<WindowPairs> pairs;  // of each window
};

class RelationHead : public Head {
 public:
  explicit RelationHead(const HeadOptions& options) : options_(options), classifier_({options.hidden_size}) {}

  void prepare(const std::vector<Example>& training) override { classifier_.prepare(training); }
  nlohmann::json inventory() const override { return classifier_.inventory(); }
  void restore(const nlohmann::json& inventory) override { classifier_.restore(inventory); }
  std::vector<HeadParameter> parameters() const override { return classifier_.parameters(); }
  void bind(std::vector<at::Tensor> tensors) override { classifier_.bind(tensors); }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override {
    auto encoded = std::make_unique<RelationExample>();
    encode_mentions(example, tokenizer, options_.window, *encoded);
    encoded->pairs = classifier_.place(example, *encoded, with_gold, counts);
    for (std::size_t w = 0; with_gold && w < encoded->pairs.size(); ++w) {
      encoded->units[w] = static_cast<std::int64_t>(encoded->pairs[w].pairs.size());
    }
    return encoded;
  }
  HeadLoss loss(const HeadBatch& batch) const override { return classifier_.loss(items(batch)); }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override { return classifier_.predict(items(batch)); }
  void decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const override {
    const auto& encoded = static_cast<const RelationExample&>(base);
    into.relations.clear();
    for (std::size_t w = 0; w < outputs.size(); ++w) classifier_.decode(encoded.pairs[w], outputs[w], into);
    finish_relations(into);
  }

 private:
  static std::vector<PairClassifier::Item> items(const HeadBatch& batch) {
    return window_items<PairClassifier::Item>(batch, &RelationExample::pairs);
  }

  HeadOptions options_;
  PairClassifier classifier_;
};

}  // namespace

HeadDefinition relation_head() {
  return {"relation", "directed relations between mentions, all pairs of a window at once",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<RelationHead>(options); }};
}

}  // namespace polyclinic
