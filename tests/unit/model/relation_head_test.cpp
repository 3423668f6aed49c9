#include <gtest/gtest.h>

#include <cmath>

#include "model/heads/pair_classifier.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example note() {
  Example example;
  example.id = "n";
  //              0         1         2         3
  //              01234567890123456789012345678901234567
  example.text = "Aspirin helps pain, heparin does not.";
  example.mentions = {
      {"T1", "Drug", {{0, 7}}, {}, {}}, {"T2", "Sign", {{14, 18}}, {}, {}}, {"T3", "Drug", {{20, 27}}, {}, {}}};
  // Read from the drug to the sign, and from the second drug back to the sign.
  example.relations = {{"R1", "treats", 0, 1}, {"R2", "harms", 2, 1}};
  return example;
}

std::unique_ptr<Head> relation_head(std::int64_t width, const std::vector<Example>& training) {
  return prepared_head("relation", width, training);
}

// Labels: harms backward (0), more forward (1), treats forward (2). Drug-Sign may be treats or more, Sign-Drug harms.
std::vector<Example> training() {
  Example other = note();
  other.relations = {{"R1", "more", 0, 1}};
  return {note(), other};
}

TEST(RelationHead, LossOfEvenWeightsByHand) {
  const auto head = relation_head(8, training());
  HeadCounts counts;
  const auto encoded = head->encode(note(), tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 2);
  EXPECT_EQ(counts.lost, 0);
  // Candidates: (T1, T2) and (T2, T3); drug and drug were never related.
  ASSERT_EQ(encoded->units, (std::vector<std::int64_t>{2}));
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1));
  // (T1, T2): treats against none: log 2; none against more: log 2. (T2, T3): harms against none, none alone: log 2.
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 3 * std::log(2.0), 1e-12);
  // With logits none 1, harms 0, more 2, treats 3.
  planted.set("pair.output_bias", {0}, 1);
  planted.set("pair.output_bias", {2}, 2);
  planted.set("pair.output_bias", {3}, 3);
  const double first = std::log(1 + std::exp(1.0 - 3.0)) + std::log(1 + std::exp(2.0 - 1.0));
  const double second = std::log(1 + std::exp(1.0 - 0.0));
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), first + second, 1e-12);
}

TEST(RelationHead, GradientsAreThoseOfTheLoss) {
  const auto head = relation_head(6, training());
  HeadCounts counts;
  Example without = note();
  without.relations.clear();
  const auto one = head->encode(note(), tiny_tokenizer(), true, counts);
  const auto two = head->encode(without, tiny_tokenizer(), true, counts);
  expect_gradients(*head, {one.get(), two.get()}, 6);
}

// Hidden rows are one-hot by token; the weights ask for the last token of "Aspirin" first and of "pain" second.
TEST(RelationHead, PlantedStatesDecodeToTheirRelation) {
  HeadCounts counts;
  Example input = note();
  input.relations.clear();
  const std::int64_t rows = [&] {
    const auto probe = relation_head(8, training())->encode(input, tiny_tokenizer(), false, counts);
    return rows_of({probe.get()});
  }();
  const auto head = relation_head(rows, training());
  const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
  const auto& mentions = static_cast<const MentionExample&>(*encoded);
  PlantedHead planted(*head);
  const auto last = [&](std::size_t m) {
    return static_cast<std::int64_t>(mentions.row(0, mentions.hulls[m]->last - 1));
  };
  planted.set("pair.first", {0, rows + last(0)}, 10);
  planted.set("pair.second", {0, rows + last(1)}, 10);
  planted.set("pair.bias", {0}, -15);
  planted.set("pair.output_bias", {0}, 1);  // none, unless ...
  planted.set("pair.output", {3, 0}, 1);    // ... treats: gelu(5) = 5
  const auto outputs = head->predict(batch_of({encoded.get()}, at::eye(rows, at::kDouble)));
  Example found = input;
  found.relations = {{"R9", "stale", 1, 2}};  // of an earlier prediction
  head->decode(*encoded, outputs, found);
  ASSERT_EQ(found.relations.size(), 1u);
  EXPECT_EQ(found.relations[0].type, "treats");
  EXPECT_EQ(found.relations[0].source, 0u);
  EXPECT_EQ(found.relations[0].target, 1u);
  EXPECT_EQ(found.relations[0].id, "R1");
}

// MeasEval's modifiers: a set of them is one value; units, which are no choice, and other attributes are left alone.
TEST(RelationHead, JudgesModifiersBesideThePairs) {
  std::vector<Example> training = {note(), note()};
  training[0].mentions[0].attributes = {{"mods", "IsApproximate,IsRange"}, {"unit", "mg"}};
  const auto head = relation_head(8, training);
  HeadCounts counts;
  const auto encoded = head->encode(training[0], tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 4);  // two relations, two drugs with modifiers or none
  EXPECT_EQ(counts.lost, 0);
  EXPECT_EQ(encoded->units, (std::vector<std::int64_t>{4}));
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1));
  // Two candidate pairs with one possible label each, that is given, against none, and none alone: log 2 each pair.
  EXPECT_NEAR(head->loss(batch).sum.item<double>(), 4 * std::log(2.0), 1e-12);
  planted.set("value.output_bias", {1}, 3);  // values: none, both modifiers
  planted.set("pair.output_bias", {0}, 1);
  Example found = note();
  found.mentions[0].attributes = {{"mods", "stale"}, {"unit", "mg"}};
  head->decode(*encoded, head->predict(batch), found);
  EXPECT_EQ(found.mentions[0].attributes,
            (std::map<std::string, std::string>{{"mods", "IsApproximate,IsRange"}, {"unit", "mg"}}));
  EXPECT_EQ(found.mentions[2].attributes, (std::map<std::string, std::string>{{"mods", "IsApproximate,IsRange"}}));
  EXPECT_TRUE(found.mentions[1].attributes.empty());
  EXPECT_TRUE(found.relations.empty());
}

// Pairs' probabilities against "none": treats 0.3 and more 0.2 of (T1, T2), harms 0.1 of (T2, T3); gold is treats of
// the one and harms of the other. Accepting all three has F1 0.8, treats alone 2/3, treats and more 0.5.
TEST(RelationHead, TheThresholdIsTunedOnDev) {
  const auto head = relation_head(8, training());
  EXPECT_TRUE(head->tunes());
  HeadCounts counts;
  Example input = note();
  input.relations.clear();
  const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
  PlantedHead planted(*head);
  const auto logit = [](double probability) { return std::log(probability / (1 - probability)); };
  planted.set("pair.output_bias", {1}, logit(0.1));  // harms
  planted.set("pair.output_bias", {2}, logit(0.2));  // more
  planted.set("pair.output_bias", {3}, logit(0.3));  // treats
  const auto outputs = head->predict(batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1)));
  Example found = input;
  head->decode(*encoded, outputs, found);
  EXPECT_TRUE(found.relations.empty());
  const Example gold = note();
  head->tune({{&gold, encoded.get(), &outputs}});
  EXPECT_NEAR(head->inventory()["links"]["threshold"].get<double>(), 0.05, 1e-6);  // half-way from 0.1 to nothing
  head->decode(*encoded, outputs, found);
  EXPECT_EQ(found.relations.size(), 3u);
  Example other = note();
  other.relations = {{"R1", "treats", 0, 1}};
  head->tune({{&other, encoded.get(), &outputs}});
  EXPECT_NEAR(head->inventory()["links"]["threshold"].get<double>(), 0.25, 1e-6);
  head->decode(*encoded, outputs, found);
  ASSERT_EQ(found.relations.size(), 1u);
  EXPECT_EQ(found.relations[0].type, "treats");
}

TEST(RelationHead, InventoryRestores) {
  const auto head = relation_head(8, training());
  HeadOptions options;
  options.hidden_size = 8;
  const auto other = make_head("relation", options);
  other->restore(nlohmann::json::parse(head->inventory().dump()));
  EXPECT_EQ(other->inventory(), head->inventory());
  EXPECT_EQ(other->parameters().size(), head->parameters().size());
}

TEST(PairClassifier, KeepsAllPositivesAndSamplesNegatives) {
  Example crowd;
  crowd.id = "crowd";
  for (std::size_t i = 0; i < 30; ++i) {
    crowd.mentions.push_back({"", "Drug", {{crowd.text.size(), crowd.text.size() + 4}}, {}, {}});
    crowd.text += "pain ";
  }
  for (std::size_t i = 0; i + 1 < 30; i += 10) crowd.relations.push_back({"", "with", i, i + 1});
  crowd.relations.push_back({"", "with", 0, 29});  // so that all pairs are near enough
  PairClassifier classifier({8});
  classifier.prepare({crowd});
  MentionExample encoded;
  encode_mentions(crowd, tiny_tokenizer(), {}, encoded);
  HeadCounts counts;
  const auto count = [](const std::vector<WindowPairs>& windows, bool positive) {
    std::size_t n = 0;
    for (const WindowPair& pair : windows.front().pairs) n += pair.labels.empty() != positive;
    return n;
  };
  const auto sampled = classifier.place(crowd, encoded, true, counts);
  EXPECT_EQ(count(sampled, true), 4u);
  EXPECT_EQ(count(sampled, false), 40u);                                           // 10 a positive
  EXPECT_EQ(count(classifier.place(crowd, encoded, false, counts), false), 435u);  // prediction judges all pairs
}

// place -> the output that names every gold label -> decode gives the gold relations back, on real documents. One DDI
// sentence lists 45 drugs over 900 characters, more than 512 of this small tokenizer's tokens.
TEST(PairClassifier, GoldSurvivesOnPublicData) {
  POLYCLINIC_NEEDS_SHARED(data, "data");
  for (const auto& [name, folder] :
       {std::pair{"ddi", "biomed/ddi"}, {"chemprot", "biomed/chemprot"}, {"measeval", "measeval"}}) {
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    const Split split = find_task(name).read({data / folder, "", "", {}}, "train", diagnostics);
    PairClassifier classifier({8});
    classifier.prepare(split.examples);
    const std::size_t some = std::min<std::size_t>(split.examples.size(), 250);
    HeadCounts counts;
    std::int64_t kept = 0;
    for (std::size_t e = 0; e < some; ++e) {
      const Example& gold = split.examples[e];
      MentionExample encoded;
      encode_mentions(gold, tiny_tokenizer(), {2048, 64}, encoded);
      Example found = gold;
      found.relations.clear();
      for (const WindowPairs& window : classifier.place(gold, encoded, true, counts)) {
        HeadOutput output;
        for (std::size_t p = 0; p < window.pairs.size(); ++p) {
          for (const std::size_t label : window.pairs[p].labels) {
            output.labels.push_back(static_cast<std::int32_t>(p));
            output.labels.push_back(static_cast<std::int32_t>(label));
            output.scores.push_back(1);
          }
        }
        classifier.decode(window, output, found);
      }
      finish_relations(found);
      for (const Relation& relation : found.relations) {
        EXPECT_TRUE(std::any_of(gold.relations.begin(), gold.relations.end(), [&](const Relation& r) {
          const auto same = [&](std::size_t a, std::size_t b) {
            return gold.mentions[a].type == gold.mentions[b].type &&
                   gold.mentions[a].fragments == gold.mentions[b].fragments;
          };
          return r.type == relation.type && same(r.source, relation.source) && same(r.target, relation.target);
        })) << gold.id;
      }
      kept += static_cast<std::int64_t>(found.relations.size());
    }
    EXPECT_EQ(kept, counts.gold - counts.lost) << name;
    EXPECT_GT(counts.gold, 400) << name;
    EXPECT_LE(100 * counts.lost, counts.gold) << name << ": " << counts.lost << " of " << counts.gold << " lost";
  }
}

}  // namespace
}  // namespace polyclinic
