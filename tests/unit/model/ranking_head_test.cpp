#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <map>

#include "core/error.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example candidate(const std::string& query, const std::string& id, const std::string& label) {
  Example example;
  example.id = id;
  example.group = query;
  example.text = "Does it hurt?";
  example.second_text = id;
  example.labels = {label};
  return example;
}

// Query q1: one relevant, two not; q2: one relevant, one not; q3: none relevant.
std::vector<Example> training() {
  return {candidate("q1", "a", "true"),  candidate("q1", "b", "false"), candidate("q1", "c", "false"),
          candidate("q2", "d", "false"), candidate("q2", "e", "true"),  candidate("q3", "f", "false")};
}

std::unique_ptr<Head> ranking(std::int64_t width, const std::string& loss, const std::string& pair = "joint") {
  HeadOptions options;
  options.settings.ranking_loss = loss;
  options.settings.pair = pair;
  return prepared_head("ranking", width, training(), options);
}

std::vector<std::unique_ptr<HeadExample>> encode_all(const Head& head) {
  HeadCounts counts;
  std::vector<std::unique_ptr<HeadExample>> out;
  for (const Example& example : training()) out.push_back(head.encode(example, tiny_tokenizer(), true, counts));
  return out;
}

std::vector<const HeadExample*> pointers(const std::vector<std::unique_ptr<HeadExample>>& examples) {
  std::vector<const HeadExample*> out;
  for (const auto& example : examples) out.push_back(example.get());
  return out;
}

// Hidden rows of width 1 whose last rows are the wanted scores.
HeadBatch batch_with_scores(const std::vector<const HeadExample*>& examples, const std::vector<double>& scores) {
  HeadBatch batch = batch_of(examples, at::zeros({rows_of(examples), 1}, at::kDouble));
  for (std::size_t r = 0; r < scores.size(); ++r) {
    batch.hidden.select(0, batch.rows[r].end - 1).fill_(scores[r]);
  }
  return batch;
}

double nll(double margin) { return std::log(1 + std::exp(-margin)); }  // -log sigmoid

const std::vector<double> scores = {2, 1, -1, 0.5, 0.25, 3};

double pointwise_by_hand() { return nll(2) + nll(-1) + nll(1) + nll(-0.5) + nll(0.25) + nll(-3); }
double pairwise_by_hand() { return 3 * (nll(2 - 1) + nll(2 + 1)) / 2 + 2 * nll(0.25 - 0.5); }

TEST(RankingHead, LossesByHand) {
  for (const std::string kind : {"pointwise", "pairwise", "both"}) {
    const auto head = ranking(1, kind);
    const auto encoded = encode_all(*head);
    PlantedHead planted(*head);
    planted.set("weight", {0, 0}, 1);
    const HeadLoss loss = head->loss(batch_with_scores(pointers(encoded), scores));
    EXPECT_EQ(loss.units, 6);
    // Pairwise alone still fits the curve of true and false: at a = b = 0 its loss is that of the scores.
    const double wanted = pointwise_by_hand() + (kind == "pointwise" ? 0 : pairwise_by_hand());
    EXPECT_NEAR(loss.sum.item<double>(), wanted, 1e-10) << kind;
    EXPECT_EQ(head->joins_groups(), kind != "pointwise");
  }
}

TEST(RankingHead, GradientsAreThoseOfTheLoss) {
  for (const std::string kind : {"pointwise", "both"}) {
    const auto head = ranking(4, kind, "compare");
    const auto encoded = encode_all(*head);
    expect_gradients(*head, pointers(encoded), 4);
  }
}

// The curve of true and false leaves the scores alone: pairwise = both - pointwise, in every gradient.
TEST(RankingHead, TheCalibrationDoesNotMoveTheScores) {
  const auto gradients = [&](const std::string& kind) {
    const auto head = ranking(3, kind);
    const auto encoded = encode_all(*head);
    PlantedHead planted(*head);
    planted["weight"].copy_(random_tensor({1, 3}, 1, 4));
    std::vector<at::Tensor> leaves = {planted["weight"].requires_grad_(), planted["bias"].requires_grad_(),
                                      random_tensor({rows_of(pointers(encoded)), 3}, 1, 5).requires_grad_()};
    return torch::autograd::grad({head->loss(batch_of(pointers(encoded), leaves[2])).sum}, leaves);
  };
  const auto pairwise = gradients("pairwise"), both = gradients("both"), pointwise = gradients("pointwise");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(pairwise[i].allclose(both[i].sub(pointwise[i]), 1e-6, 1e-9)) << i;
}

TEST(RankingHead, PlantedStatesDecodeToScoresAndTruth) {
  const auto head = ranking(1, "pairwise");
  PlantedHead planted(*head);
  planted.set("weight", {0, 0}, 1);
  planted.set("calibration", {1}, -1);  // true above a score of 1
  HeadCounts counts;
  Example input = training()[0];
  input.labels.clear();
  const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
  for (const double score : {0.5, 1.5}) {
    head->decode(*encoded, head->predict(batch_with_scores({encoded.get()}, {score})), input);
    EXPECT_DOUBLE_EQ(*input.score, score);
    EXPECT_EQ(input.labels.front(), score > 1 ? "true" : "false");
  }
}

TEST(RankingHead, NeedsBothKinds) {
  HeadOptions options;
  options.hidden_size = 1;
  EXPECT_THROW(make_head("ranking", options)->prepare({training()[0]}), InputError);
}

// A head that scores relevant candidates higher gives the best MAP there is, on the real files.
TEST(RankingHead, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data/cqa");
  Diagnostics collected(Diagnostics::Mode::collect);
  const TaskDefinition& task = find_task("cqa");
  const Split gold = task.read({data, "", "A", {}}, "dev", collected);
  const auto head = ranking(1, "pointwise");
  Split found = gold;
  HeadCounts counts;
  for (std::size_t e = 0; e < gold.examples.size(); ++e) {
    const bool relevant = gold.examples[e].labels.front() == "true";
    found.examples[e].labels.clear();
    const auto encoded = head->encode(gold.examples[e], tiny_tokenizer(), true, counts);
    EXPECT_EQ(static_cast<const HeadExample&>(*encoded).units.front(), 1);
    head->decode(*encoded, {{{}, {relevant ? 1.0F : -1.0F, relevant ? 0.9F : 0.1F}}}, found.examples[e]);
  }
  EXPECT_EQ(counts.gold, 2440);
  const ScoreReport report = task.score({data, "", "A", {}}, gold, found);
  EXPECT_EQ(report.json["accuracy"], 1.0);
  // A question without a good comment counts 0 whatever the ranking.
  std::map<std::string, bool> answered;
  for (const Example& example : gold.examples) answered[example.group] |= example.labels.front() == "true";
  double best = 0;
  for (const auto& [query, any] : answered) best += any;
  EXPECT_NEAR(report.primary, best / static_cast<double>(answered.size()), 1e-12);
}

}  // namespace
}  // namespace polyclinic
