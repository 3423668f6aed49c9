// One label a text or pair: softmax over the labels of training, cross entropy. HeadOutput::scores are probabilities.
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "model/heads/text_head.h"

namespace polyclinic {
namespace {

class ClassificationHead : public TextHead {
 public:
  using TextHead::TextHead;

  void prepare(const std::vector<Example>& training) override {
    std::set<std::string> names;
    for (const Example& example : training) {
      if (!example.labels.empty()) names.insert(example.labels.front());
    }
    if (names.size() < 2) {
      throw InputError("fewer than two labels in the training data", {}, "the head classification needs a choice");
    }
    labels_.assign(names.begin(), names.end());
  }
  nlohmann::json inventory() const override { return {{"labels", labels_}}; }
  void restore(const nlohmann::json& inventory) override { inventory.at("labels").get_to(labels_); }

  HeadLoss loss(const HeadBatch& batch) const override {
    const at::Tensor scores = logits(batch);
    const at::Tensor target = target_rows(batch, scores).select(1, 0).to(at::kLong);
    return {at::cross_entropy_loss(scores, target, {}, at::Reduction::Sum), scores.size(0)};
  }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override {
    return row_scores(at::softmax(logits(batch), 1));
  }
  void decode(const HeadExample&, const std::vector<HeadOutput>& outputs, Example& into) const override {
    const std::vector<float>& scores = outputs.front().scores;
    into.labels = {labels_[static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin())]};
  }

 protected:
  std::int64_t outputs() const override { return static_cast<std::int64_t>(labels_.size()); }
  std::vector<double> targets(const Example& example, HeadCounts& counts) const override {
    if (example.labels.empty()) return {};
    counts.gold += static_cast<std::int64_t>(example.labels.size());
    counts.lost += static_cast<std::int64_t>(example.labels.size()) - 1;  // one a text
    const auto at = std::lower_bound(labels_.begin(), labels_.end(), example.labels.front());
    if (at == labels_.end() || *at != example.labels.front()) {
      ++counts.lost;
      return {};
    }
    return {static_cast<double>(at - labels_.begin())};
  }

 private:
  std::vector<std::string> labels_;  // sorted
};

}  // namespace

HeadDefinition classification_head() {
  return {"classification", "one label a text or pair", [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<ClassificationHead>(options);
          }};
}

}  // namespace polyclinic
