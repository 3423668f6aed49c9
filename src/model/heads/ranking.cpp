// A score for each candidate of a query. With s the score, y = 1 for a relevant candidate:
//   pointwise: -log sigmoid(s) for y = 1, -log sigmoid(-s) for y = 0, summed over the candidates
//   pairwise:  for each query n times the mean over its pairs of a relevant i and an irrelevant j of
//              -log sigmoid(s_i - s_j), n its candidates (RankNet: Burges et al. 2005); candidates of one query are fed
//              in one step, and pairs are formed inside a pack
//   both:      the sum
// The official files also ask for true or false. Pairwise scores have no zero, so that a logistic curve over them is
// learnt beside, sigmoid(exp(a) s + b), whose loss leaves s alone (Platt 1999).
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "core/error.h"
#include "model/heads/text_head.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

class RankingHead : public TextHead {
 public:
  explicit RankingHead(const HeadOptions& options)
      : TextHead(options),
        points_(options.settings.ranking_loss != "pairwise"),
        pairs_(options.settings.ranking_loss != "pointwise") {}

  void prepare(const std::vector<Example>& training) override {
    const auto has = [&](const char* label) {
      return std::any_of(training.begin(), training.end(),
                         [&](const Example& e) { return !e.labels.empty() && e.labels.front() == label; });
    };
    if (!has("true") || !has("false")) {
      throw InputError("the training data lacks relevant or irrelevant candidates", {}, "the head ranking needs both");
    }
  }
  nlohmann::json inventory() const override { return nlohmann::json::object(); }
  void restore(const nlohmann::json&) override {}

  std::vector<HeadParameter> parameters() const override {
    std::vector<HeadParameter> out = TextHead::parameters();
    if (!points_) out.push_back({"calibration", {2}, 0});
    return out;
  }
  void bind(std::vector<at::Tensor> tensors) override {
    if (!points_) calibration_ = tensors.at(2);
    TextHead::bind(std::move(tensors));
  }

  bool joins_groups() const override { return pairs_; }
  HeadLoss loss(const HeadBatch& batch) const override {
    const at::Tensor scores = logits(batch);
    const at::Tensor target = target_rows(batch, scores);
    HeadLoss result{at::binary_cross_entropy_with_logits(truth_logits(points_ ? scores : scores.detach()), target, {},
                                                         {}, at::Reduction::Sum),
                    scores.size(0)};
    if (pairs_) result.sum = result.sum.add(pair_loss(batch, scores));
    return result;
  }
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override {
    const at::Tensor scores = logits(batch).select(1, 0);
    return row_scores(at::stack({scores, at::sigmoid(truth_logits(scores))}, 1));
  }
  void decode(const HeadExample&, const std::vector<HeadOutput>& outputs, Example& into) const override {
    into.score = static_cast<double>(outputs.front().scores[0]);
    into.labels = {outputs.front().scores[1] > 0.5F ? "true" : "false"};
  }

 protected:
  std::int64_t outputs() const override { return 1; }
  std::vector<double> targets(const Example& example, HeadCounts& counts) const override {
    if (example.labels.empty()) return {};
    ++counts.gold;
    return {example.labels.front() == "true" ? 1.0 : 0.0};
  }

 private:
  at::Tensor truth_logits(const at::Tensor& scores) const {
    if (points_) return scores;
    return scores.mul(calibration_.select(0, 0).exp()).add(calibration_.select(0, 1));
  }
  static at::Tensor pair_loss(const HeadBatch& batch, const at::Tensor& scores);

  bool points_, pairs_;
  at::Tensor calibration_;  // a, b
};

at::Tensor RankingHead::pair_loss(const HeadBatch& batch, const at::Tensor& scores) {
  std::map<std::string, std::array<std::vector<std::size_t>, 2>> queries;  // rows by relevance
  for (std::size_t r = 0; r < batch.rows.size(); ++r) {
    const auto& encoded = static_cast<const TextExample&>(*batch.rows[r].example);
    queries[encoded.query][encoded.targets.front() > 0].push_back(r);
  }
  std::vector<float> differences, weights;  // [pairs, rows] with +1 and -1, [pairs]
  for (const auto& [query, rows] : queries) {
    const auto& [irrelevant, relevant] = rows;
    const auto n = static_cast<float>(irrelevant.size() + relevant.size());
    for (const std::size_t i : relevant) {
      for (const std::size_t j : irrelevant) {
        differences.resize(differences.size() + batch.rows.size(), 0.0F);
        float* const row = differences.data() + differences.size() - batch.rows.size();
        row[i] = 1;
        row[j] = -1;
        weights.push_back(n / static_cast<float>(irrelevant.size() * relevant.size()));
      }
    }
  }
  if (weights.empty()) return scores.sum().mul(0);
  const auto pairs = static_cast<std::int64_t>(weights.size());
  const at::Tensor margin = at::mm(upload(at::tensor(differences).view({pairs, -1}), scores.options()), scores);
  return at::softplus(margin.neg()).mul(upload(at::tensor(weights).view({pairs, 1}), scores.options())).sum();
}

}  // namespace

HeadDefinition ranking_head() {
  return {"ranking", "a score for each candidate of a query",
          [](const HeadOptions& options) -> std::unique_ptr<Head> { return std::make_unique<RankingHead>(options); }};
}

}  // namespace polyclinic
