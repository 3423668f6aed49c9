#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "model/heads/label_choice.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

std::vector<Example> training() {
  return {labelled("Both.", {"b", "a"}), labelled("Nothing.", {"none"}), labelled("One.", {"b"})};
}

std::unique_ptr<Head> multilabel(std::int64_t width) { return prepared_head("multilabel", width, training()); }

TEST(MultilabelHead, LossByHand) {  // two outputs, a and b; "none" is the absence of both
  const auto head = multilabel(4);
  HeadCounts counts;
  const auto both = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto none = head->encode(training()[1], tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 2);
  PlantedHead planted(*head);
  const HeadBatch batch =
      batch_of({both.get(), none.get()}, random_tensor({rows_of({both.get(), none.get()}), 4}, 1, 1));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 4 * std::log(2.0), 1e-12);
  EXPECT_EQ(head->loss(batch).units, 2);
  planted.set("bias", {0}, 3);
  const auto nll = [](double z) { return std::log(1 + std::exp(-z)); };
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), nll(3) + nll(-3) + 2 * std::log(2.0), 1e-12);
}

TEST(MultilabelHead, GradientsAreThoseOfTheLoss) {
  const auto head = multilabel(5);
  HeadCounts counts;
  const auto one = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto two = head->encode(training()[2], tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 5);
}

TEST(MultilabelHead, PlantedStatesDecodeToTheirLabels) {
  const auto head = multilabel(2);
  PlantedHead planted(*head);
  planted["weight"].copy_(at::eye(2, at::kDouble));
  HeadCounts counts;
  const std::vector<std::pair<std::vector<double>, std::vector<std::string>>> cases = {
      {{4, 4}, {"a", "b"}}, {{-4, 4}, {"b"}}, {{-4, -4}, {"none"}}};
  for (const auto& [state, labels] : cases) {
    Example input = training()[0];
    const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
    at::Tensor hidden = at::zeros({rows_of({encoded.get()}), 2}, at::kDouble);
    hidden.select(0, hidden.size(0) - 1).copy_(at::tensor(state));
    head->decode(*encoded, head->predict(batch_of({encoded.get()}, hidden)), input);
    EXPECT_EQ(input.labels, labels);
  }
}

// Sorted: 0.9 right, 0.6 wrong, 0.4 right, 0.3 right, 0.1 wrong, and one gold label without a decision.
// F1 after each: 2/5, 2/6, 4/7, 6/8, 6/9: the best is at 0.3, half-way to 0.1.
TEST(ThresholdSearch, FindsTheBestF1) {
  ThresholdSearch search;
  for (const auto& [p, gold] :
       std::vector<std::pair<float, bool>>{{0.1F, false}, {0.9F, true}, {0.3F, true}, {0.6F, false}, {0.4F, true}}) {
    search.add(p, gold);
  }
  search.add_missed(1);
  EXPECT_NEAR(search.best(), 0.2, 1e-6);
  EXPECT_EQ(ThresholdSearch().best(), 0.5);
}

TEST(MultilabelHead, TheThresholdIsTunedOnDevAndKept) {
  const auto head = multilabel(2);
  HeadCounts counts;
  std::vector<Example> dev = {labelled("Both.", {"a", "b"}), labelled("Nothing.", {"none"})};
  const std::vector<std::vector<HeadOutput>> outputs = {{{{}, {0.3F, 0.2F}}}, {{{}, {0.1F, 0.05F}}}};
  std::vector<std::unique_ptr<HeadExample>> encoded;
  std::vector<TuningExample> tuning;
  for (std::size_t e = 0; e < dev.size(); ++e) {
    encoded.push_back(head->encode(dev[e], tiny_tokenizer(), false, counts));
    tuning.push_back({&dev[e], encoded[e].get(), &outputs[e]});
  }
  Example found;
  head->decode(*encoded[0], outputs[0], found);
  EXPECT_EQ(found.labels, (std::vector<std::string>{"none"}));
  ASSERT_TRUE(head->tunes());
  head->tune(tuning);
  HeadOptions options;
  options.hidden_size = 2;
  const auto restored = make_head("multilabel", options);
  restored->restore(nlohmann::json::parse(head->inventory().dump()));
  restored->decode(*encoded[0], outputs[0], found);
  EXPECT_EQ(found.labels, (std::vector<std::string>{"a", "b"}));
  restored->decode(*encoded[1], outputs[1], found);
  EXPECT_EQ(found.labels, (std::vector<std::string>{"none"}));
}

TEST(MultilabelHead, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed/hoc");
  Diagnostics strict;
  const Split split = find_task("hoc").read({data, "", "", {}}, "dev", strict);
  HeadOptions options;
  options.hidden_size = 4;
  const auto head = make_head("multilabel", options);
  head->prepare(split.examples);
  const auto names = head->inventory().at("labels").get<std::vector<std::string>>();
  EXPECT_EQ(names.size(), 10u);  // the ten hallmarks
  HeadCounts counts;
  for (const Example& gold : split.examples) {
    const auto encoded = head->encode(gold, tiny_tokenizer(), true, counts);
    HeadOutput output;
    for (const std::string& name : names) {
      output.scores.push_back(std::find(gold.labels.begin(), gold.labels.end(), name) != gold.labels.end() ? 1 : 0);
    }
    Example found;
    head->decode(*encoded, {output}, found);
    // A few sentences have no label at all, which says what "none" says.
    const auto without_none = [](const Example& example) {
      std::set<std::string> labels(example.labels.begin(), example.labels.end());
      labels.erase("none");
      return labels;
    };
    EXPECT_EQ(without_none(found), without_none(gold));
  }
  EXPECT_EQ(counts.lost, 0);
}

}  // namespace
}  // namespace polyclinic
