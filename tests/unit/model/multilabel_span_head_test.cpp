#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example meme() {
  Example example;
  example.id = "m";
  //              0         1         2
  //              012345678901234567890123
  example.text = "Great people vote today.";
  example.mentions = {{"T1", "Loaded", {{0, 5}}, {}, {}},
                      {"T2", "Slogan", {{0, 12}}, {}, {}},
                      {"T3", "Loaded", {{6, 12}}, {}, {}}};  // begins where T1 ends
  return example;
}

Example text_with(std::vector<std::string> labels) {
  Example example = meme();
  example.mentions.clear();
  example.labels = std::move(labels);
  return example;
}

std::unique_ptr<Head> head_of(std::int64_t width, const std::vector<Example>& training, std::size_t window = 512) {
  HeadOptions options;
  options.window.max_tokens = window;
  options.window.overlap = window / 4;
  return prepared_head("multilabel_span", width, training, options);
}

TEST(MultilabelSpanHead, LossByHand) {
  const auto head = head_of(4, {meme()});
  HeadCounts counts;
  const auto encoded = head->encode(meme(), tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 3);
  EXPECT_EQ(counts.lost, 0);
  PlantedHead planted(*head);
  const auto tokens = static_cast<double>(tiny_tokenizer().encode_plain(meme().text, false).size());
  const double inside = static_cast<double>(tiny_tokenizer().encode_plain("Great people", false).size());
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 4}, 1, 1));
  // Two "inside" a token, and a "begin" for each token inside, of both types; every answer is even: log 2. Two tokens
  // begin spans and two end them, with one of eight edges each.
  EXPECT_NEAR(head->loss(batch).sum.item<double>(),
              (2 * tokens + 2 * inside) / tokens * std::log(2.0) + 4 / tokens * std::log(8.0), 1e-9);
  EXPECT_EQ(head->loss(batch).units, 1);
}

TEST(MultilabelSpanHead, LossOfLabelsByHand) {
  const auto head = head_of(4, {text_with({"x", "y"}), text_with({"x"})});
  HeadCounts counts;
  const auto encoded = head->encode(text_with({"x"}), tiny_tokenizer(), true, counts);
  PlantedHead planted(*head);
  planted.set("label.bias", {1}, 2);
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 4}, 1, 1));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), std::log(2.0) + std::log(1 + std::exp(2.0)), 1e-12);
}

TEST(MultilabelSpanHead, GradientsAreThoseOfTheLoss) {
  Example both = meme();
  both.labels = {"x"};
  const auto head = head_of(5, {both, text_with({"y"})});
  HeadCounts counts;
  const auto one = head->encode(both, tiny_tokenizer(), true, counts);
  const auto two = head->encode(text_with({"y"}), tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 5);
}

// Hidden rows are one-hot by token.
TEST(MultilabelSpanHead, PlantedStatesDecodeToTheirSpans) {
  HeadCounts counts;
  const std::int64_t rows = [&] {
    const auto probe = head_of(4, {meme()})->encode(meme(), tiny_tokenizer(), false, counts);
    return rows_of({probe.get()});
  }();
  const auto head = head_of(rows, {meme()});
  const auto encoded = head->encode(meme(), tiny_tokenizer(), false, counts);
  const auto prefix = static_cast<std::int64_t>(tiny_tokenizer().prefix_ids().size());
  const auto great = static_cast<std::int64_t>(tiny_tokenizer().encode_plain("Great", false).size());
  const auto both = static_cast<std::int64_t>(tiny_tokenizer().encode_plain("Great people", false).size());
  PlantedHead planted(*head);
  planted["span.bias"].narrow(0, 0, 4).fill_(-5);
  for (const std::int64_t side : {0, 1}) planted.set("span.bias", {4 + 8 * side + 2}, 1);  // no edges
  for (std::int64_t token = 0; token < both; ++token) {
    planted.set("span.weight", {0, prefix + token}, 10);  // inside Loaded
    planted.set("span.weight", {1, prefix + token}, 10);  // inside Slogan
  }
  planted.set("span.weight", {2, prefix + great}, 10);  // a second Loaded begins at "people"
  Example found = meme();
  found.mentions = {{"T9", "Slogan", {{13, 17}}, {}, {}}};  // of an earlier prediction
  head->decode(*encoded, head->predict(batch_of({encoded.get()}, at::eye(rows, at::kDouble))), found);
  ASSERT_EQ(found.mentions.size(), 3u);
  for (const Mention& gold : meme().mentions) {
    EXPECT_TRUE(std::any_of(found.mentions.begin(), found.mentions.end(), [&](const Mention& m) {
      return m.type == gold.type && m.fragments == gold.fragments;
    })) << gold.type;
  }
}

TEST(MultilabelSpanHead, InventoryRestoresAndNothingToLearnIsRefused) {
  const auto head = head_of(4, {meme(), text_with({"x"})});
  HeadOptions options;
  options.hidden_size = 4;
  const auto other = make_head("multilabel_span", options);
  other->restore(nlohmann::json::parse(head->inventory().dump()));
  EXPECT_EQ(other->inventory(), head->inventory());
  EXPECT_EQ(other->parameters().size(), 4u);
  EXPECT_THROW(head_of(4, {text_with({})}), InputError);
}

// A span inside another of its type, one with a blank at its end, one that ends inside a token.
TEST(MultilabelSpanHead, NestedSpansAndEdgesComeBack) {
  Example example = meme();
  example.mentions = {{"T1", "Loaded", {{0, 12}}, {}, {}},
                      {"T2", "Loaded", {{6, 12}}, {}, {}},
                      {"T3", "Slogan", {{13, 18}}, {}, {}},  // "vote "
                      {"T4", "Doubt", {{18, 21}}, {}, {}}};  // "tod"
  const auto head = head_of(4, {example});
  HeadCounts counts;
  head->encode(example, tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 4);
  EXPECT_EQ(counts.lost, 0);
}

// Three spans of one technique over each other, and spans that cut one token differently, are lost.
TEST(MultilabelSpanHead, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data/semeval2021t6_persuasion");
  Diagnostics collected(Diagnostics::Mode::collect);
  const TaskDefinition& task = find_task("semeval2021t6_persuasion");
  for (const std::string subtask : {"1", "2"}) {
    const Split split = task.read({data, "", subtask, {}}, "train", collected);
    const auto head = head_of(4, split.examples);
    HeadCounts counts;
    for (const Example& gold : split.examples) {
      const auto encoded = head->encode(gold, tiny_tokenizer(), true, counts);
      for (const Sequence& sequence : encoded->sequences) EXPECT_FALSE(sequence.token_ids.empty());
    }
    EXPECT_EQ(counts.gold, subtask == "1" ? 1184 : 1498) << subtask;  // tasks.md, 5.1
    EXPECT_LE(counts.lost, subtask == "1" ? 0 : 7) << subtask;
  }
}

}  // namespace
}  // namespace polyclinic
