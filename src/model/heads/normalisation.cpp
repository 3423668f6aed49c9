// The concept (a CUI, or CUI-less) of each mention that the example holds already.
#include "model/heads/concept_scorer.h"
#include "model/heads/head.h"

namespace polyclinic {
namespace {

struct NormalisationExample : MentionExample {
  std::vector<WindowConcepts> concepts;  // of each window
};

class NormalisationHead : public Head {
 public:
  explicit NormalisationHead(const HeadOptions& options)
      : options_(options), scorer_(options.hidden_size, options.terminology) {}

  void prepare(const std::vector<Example>& training) override { scorer_.prepare(training); }
  nlohmann::json inventory() const override { return scorer_.inventory(); }
  void restore(const nlohmann::json& inventory) override { scorer_.restore(inventory); }
  std::vector<HeadParameter> parameters() const override { return scorer_.parameters(); }
  void bind(std::vector<at::Tensor> tensors) override { scorer_.bind(tensors); }

  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override {
    auto encoded = std::make_unique<NormalisationExample>();
    encode_mentions(example, tokenizer, options_.window, *encoded);
    encoded->concepts = scorer_.place(example, *encoded, with_gold, counts);
    for (std::size_t w = 0; with_gold && w < encoded->windows.size(); ++w) {
      const std::vector<std::int64_t>& gold = encoded->concepts[w].gold;
      encoded->units[w] = std::count_if(gold.begin(), gold.end(), [](std::int64_t value) { return value >= 0; });
    }
    return encoded;
  }
  HeadLoss loss(const HeadBatch& batch) const override { return scorer_.loss(items(batch)); }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override { return scorer_.predict(items(batch)); }
  void decode(const HeadExample& base, const std::vector<HeadOutput>& outputs, Example& into) const override {
    const auto& encoded = static_cast<const NormalisationExample&>(base);
    for (Mention& mention : into.mentions) mention.concept_id = kNoConcept;
    for (std::size_t w = 0; w < outputs.size(); ++w) scorer_.decode(encoded.concepts[w], outputs[w], into);
  }

 private:
  static std::vector<ConceptScorer::Item> items(const HeadBatch& batch) {
    return window_items<ConceptScorer::Item>(batch, &NormalisationExample::concepts);
  }

  HeadOptions options_;
  ConceptScorer scorer_;
};

}  // namespace

HeadDefinition normalisation_head() {
  return {
      "normalisation", "the concept of each mention, from a terminology and from training",
      [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<NormalisationHead>(options); }};
}

}  // namespace polyclinic
