// Any number of labels a text or pair: a logistic output a label, binary cross entropy summed over the labels.
// HeadOutput::scores are probabilities; the threshold on them is tuned on dev (label_choice.h).
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/sigmoid.h>

#include "core/error.h"
#include "model/heads/label_choice.h"
#include "model/heads/text_head.h"

namespace polyclinic {
namespace {

class MultilabelHead : public TextHead {
 public:
  using TextHead::TextHead;

  void prepare(const std::vector<Example>& training) override {
    choice_.prepare(training);
    if (choice_.names().empty())
      throw InputError("no label in the training data", {}, "the head multilabel needs some");
  }
  nlohmann::json inventory() const override { return choice_.inventory(); }
  void restore(const nlohmann::json& inventory) override { choice_.restore(inventory); }

  HeadLoss loss(const HeadBatch& batch) const override {
    const at::Tensor scores = logits(batch);
    return {at::binary_cross_entropy_with_logits(scores, target_rows(batch, scores), {}, {}, at::Reduction::Sum),
            scores.size(0)};
  }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override {
    return row_scores(at::sigmoid(logits(batch)));
  }
  bool tunes() const override { return true; }
  void tune(const std::vector<TuningExample>& dev) override {
    std::vector<std::vector<std::string>> gold;
    std::vector<std::vector<float>> probabilities;
    for (const TuningExample& example : dev) {
      gold.push_back(example.gold->labels);
      probabilities.push_back(example.outputs->front().scores);
    }
    choice_.tune(gold, probabilities);
  }
  void decode(const HeadExample&, const std::vector<HeadOutput>& outputs, Example& into) const override {
    into.labels = choice_.decode(outputs.front().scores);
  }

 protected:
  std::int64_t outputs() const override { return static_cast<std::int64_t>(choice_.names().size()); }
  // Training examples all have gold; an empty list says that no label applies.
  std::vector<double> targets(const Example& example, HeadCounts& counts) const override {
    return choice_.targets(example.labels, counts);
  }

 private:
  LabelChoice choice_;
};

}  // namespace

HeadDefinition multilabel_head() {
  return {"multilabel", "any number of labels a text or pair", [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<MultilabelHead>(options);
          }};
}

}  // namespace polyclinic
