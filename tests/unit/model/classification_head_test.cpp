#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

std::vector<Example> training() {
  return {labelled("It helps.", {"yes"}), labelled("It does not.", {"no"}), labelled("Who knows?", {"maybe"})};
}

std::unique_ptr<Head> classification(std::int64_t width) { return prepared_head("classification", width, training()); }

// Labels in order: maybe, no, yes.
TEST(ClassificationHead, LossByHand) {
  const auto head = classification(4);
  HeadCounts counts;
  const auto yes = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto no = head->encode(training()[1], tiny_tokenizer(), true, counts);
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({yes.get(), no.get()}, random_tensor({rows_of({yes.get(), no.get()}), 4}, 1, 1));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 2 * std::log(3.0), 1e-12);
  EXPECT_EQ(head->loss(batch).units, 2);
  planted.set("bias", {2}, 2);
  planted.set("bias", {1}, 1);  // logits 0, 1, 2
  const double total = 1 + std::exp(1.0) + std::exp(2.0);
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), (std::log(total) - 2) + (std::log(total) - 1), 1e-12);
}

TEST(ClassificationHead, GradientsAreThoseOfTheLoss) {
  const auto head = classification(5);
  HeadCounts counts;
  const auto one = head->encode(training()[0], tiny_tokenizer(), true, counts);
  const auto two = head->encode(training()[2], tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 5);
}

TEST(ClassificationHead, PlantedStatesDecodeToTheirLabel) {
  const auto head = classification(3);
  HeadCounts counts;
  PlantedHead planted(*head);
  planted["weight"].copy_(at::eye(3, at::kDouble));
  for (std::int64_t label = 0; label < 3; ++label) {
    Example input = training()[0];
    input.labels.clear();
    const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
    EXPECT_EQ(encoded->units.front(), 0);
    at::Tensor hidden = at::zeros({rows_of({encoded.get()}), 3}, at::kDouble);
    hidden.select(0, hidden.size(0) - 1).select(0, label).fill_(1);  // the last row is read
    head->decode(*encoded, head->predict(batch_of({encoded.get()}, hidden)), input);
    EXPECT_EQ(input.labels, (std::vector<std::string>{label == 0 ? "maybe" : label == 1 ? "no" : "yes"}));
  }
  EXPECT_EQ(counts.gold, 0);
}

TEST(ClassificationHead, CountsWhatItCannotSayAndRestores) {
  const auto head = classification(3);
  HeadCounts counts;
  const auto unknown = head->encode(labelled("x", {"perhaps"}), tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.lost, 1);
  EXPECT_EQ(unknown->units.front(), 0);
  HeadOptions options;
  options.hidden_size = 3;
  const auto other = make_head("classification", options);
  other->restore(nlohmann::json::parse(head->inventory().dump()));
  EXPECT_EQ(other->inventory(), head->inventory());
  EXPECT_THROW(other->prepare({labelled("x", {"yes"})}), InputError);
}

// The output that the gold names gives the gold back, on every example.
TEST(ClassificationHead, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed");
  for (const char* name : {"gad", "pubmedqa"}) {
    Diagnostics strict;
    const Split split = find_task(name).read({data / name, "", "", {}}, "train", strict);
    HeadOptions options;
    options.hidden_size = 4;
    const auto head = make_head("classification", options);
    head->prepare(split.examples);
    const auto labels = head->inventory().at("labels").get<std::vector<std::string>>();
    HeadCounts counts;
    for (std::size_t e = 0; e < 300; ++e) {
      const auto encoded = head->encode(split.examples[e], tiny_tokenizer(), true, counts);
      HeadOutput output;
      for (const std::string& label : labels) output.scores.push_back(label == split.examples[e].labels[0] ? 1 : 0);
      Example found;
      head->decode(*encoded, {output}, found);
      EXPECT_EQ(found.labels, split.examples[e].labels);
      EXPECT_LE(encoded->sequences[0].token_ids.size(), 512u);
    }
    EXPECT_EQ(counts.lost, 0) << name;
    EXPECT_EQ(counts.texts, 300) << name;
  }
}

}  // namespace
}  // namespace polyclinic
