// A number a text or pair: squared error of the standardised score. What is predicted lies in the task's range
// (task.head_options.score_low and score_high, or the range of training).
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "model/heads/text_head.h"

namespace polyclinic {
namespace {

class RegressionHead : public TextHead {
 public:
  explicit RegressionHead(const HeadOptions& options) : TextHead(options), settings_(options.settings) {}

  void prepare(const std::vector<Example>& training) override {
    std::vector<double> scores;
    for (const Example& example : training) {
      if (example.score) scores.push_back(*example.score);
    }
    if (scores.empty()) throw InputError("no score in the training data", {}, "the head regression needs numbers");
    const auto n = static_cast<double>(scores.size());
    double variance = 0;
    mean_ = 0;
    for (const double score : scores) mean_ += score / n;
    for (const double score : scores) variance += (score - mean_) * (score - mean_) / n;
    deviation_ = variance > 0 ? std::sqrt(variance) : 1;
    low_ = settings_.score_low.value_or(*std::min_element(scores.begin(), scores.end()));
    high_ = settings_.score_high.value_or(*std::max_element(scores.begin(), scores.end()));
    if (low_ > high_) throw InputError("score_low is above score_high", {"", 0, 0, "task.head_options.score_low"});
  }
  nlohmann::json inventory() const override {
    return {{"mean", mean_}, {"deviation", deviation_}, {"low", low_}, {"high", high_}};
  }
  void restore(const nlohmann::json& inventory) override {
    inventory.at("mean").get_to(mean_);
    inventory.at("deviation").get_to(deviation_);
    inventory.at("low").get_to(low_);
    inventory.at("high").get_to(high_);
  }

  HeadLoss loss(const HeadBatch& batch) const override {
    const at::Tensor scores = logits(batch);
    const at::Tensor error = scores.sub(target_rows(batch, scores));
    return {error.mul(error).sum(), scores.size(0)};
  }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override { return row_scores(logits(batch)); }
  void decode(const HeadExample&, const std::vector<HeadOutput>& outputs, Example& into) const override {
    into.score = std::clamp(mean_ + deviation_ * static_cast<double>(outputs.front().scores.front()), low_, high_);
  }

 protected:
  std::int64_t outputs() const override { return 1; }
  std::vector<double> targets(const Example& example, HeadCounts& counts) const override {
    if (!example.score) return {};
    ++counts.gold;
    counts.lost += *example.score < low_ || *example.score > high_;  // prediction cannot say it
    return {(*example.score - mean_) / deviation_};
  }

 private:
  HeadSettings settings_;
  double mean_ = 0, deviation_ = 1, low_ = 0, high_ = 0;
};

}  // namespace

HeadDefinition regression_head() {
  return {"regression", "a number a text or pair", [](const HeadOptions& options) -> std::unique_ptr<Head> {
            return std::make_unique<RegressionHead>(options);
          }};
}

}  // namespace polyclinic
