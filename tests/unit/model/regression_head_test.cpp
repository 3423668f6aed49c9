#include <gtest/gtest.h>

#include "core/error.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example scored(const std::string& first, const std::string& second, double score) {
  Example example;
  example.id = first;
  example.text = first;
  example.second_text = second;
  example.score = score;
  return example;
}

// Mean 2, standard deviation 1.
std::vector<Example> training() { return {scored("a b", "a b", 3), scored("a b", "c", 1)}; }

std::unique_ptr<Head> regression(std::int64_t width, HeadSettings settings = {}) {
  HeadOptions options;
  options.settings = settings;
  return prepared_head("regression", width, training(), options);
}

TEST(RegressionHead, LossByHand) {
  const auto head = regression(3);
  HeadCounts counts;
  const auto high = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto low = head->encode(training()[1], tiny_tokenizer(), true, counts);
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({high.get(), low.get()}, random_tensor({rows_of({high.get(), low.get()}), 3}, 1, 1));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 1 + 1, 1e-12);
  planted.set("bias", {0}, 0.5);
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 0.25 + 2.25, 1e-12);
}

TEST(RegressionHead, GradientsAreThoseOfTheLoss) {
  HeadSettings settings;
  settings.pair = "compare";
  const auto head = regression(4, settings);
  HeadCounts counts;
  const auto one = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto two = head->encode(training()[1], tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 4);
}

TEST(RegressionHead, PredictsInTheRangeOfTheTask) {
  HeadSettings settings;
  settings.score_low = 0;
  settings.score_high = 4;
  for (const bool given : {false, true}) {
    const auto head = regression(1, given ? settings : HeadSettings{});
    PlantedHead planted(*head);
    planted.set("weight", {0, 0}, 1);
    HeadCounts counts;
    Example input = training()[0];
    const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
    const auto predicted = [&](double state) {
      const at::Tensor hidden = at::zeros({rows_of({encoded.get()}), 1}, at::kDouble).add(state);
      head->decode(*encoded, head->predict(batch_of({encoded.get()}, hidden)), input);
      return *input.score;
    };
    EXPECT_NEAR(predicted(0.5), 2.5, 1e-6);
    EXPECT_NEAR(predicted(9), given ? 4 : 3, 1e-6);
    EXPECT_NEAR(predicted(-9), given ? 0 : 1, 1e-6);
  }
}

TEST(RegressionHead, RefusesDataWithoutScoresAndRestores) {
  const auto head = regression(2);
  HeadOptions options;
  options.hidden_size = 2;
  const auto other = make_head("regression", options);
  other->restore(nlohmann::json::parse(head->inventory().dump()));
  EXPECT_EQ(other->inventory(), head->inventory());
  Example without = training()[0];
  without.score.reset();
  EXPECT_THROW(other->prepare({without}), InputError);
}

// A head that hits its targets gives the gold scores back.
TEST(RegressionHead, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed/biosses");
  Diagnostics strict;
  const Split split = find_task("biosses").read({data, "", "", {}}, "train", strict);
  HeadOptions options;
  options.hidden_size = 2;
  options.settings.score_low = 0;
  options.settings.score_high = 4;
  const auto head = make_head("regression", options);
  head->prepare(split.examples);
  const double mean = head->inventory().at("mean"), deviation = head->inventory().at("deviation");
  HeadCounts counts;
  for (const Example& gold : split.examples) {
    const auto encoded = head->encode(gold, tiny_tokenizer(), true, counts);
    Example found;
    head->decode(*encoded, {{{}, {static_cast<float>((*gold.score - mean) / deviation)}}}, found);
    EXPECT_NEAR(*found.score, *gold.score, 1e-5);
  }
  EXPECT_EQ(counts.gold, 64);
  EXPECT_EQ(counts.lost, 0);
}

}  // namespace
}  // namespace polyclinic
