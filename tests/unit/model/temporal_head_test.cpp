#include <gtest/gtest.h>

#include <cmath>

#include "model/heads/value_classifier.h"
#include "support/head_probe.h"
#include "support/shared_data.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

Mention event(const std::string& id, Span span, const std::string& doc_time, const std::string& polarity) {
  return {id, "EVENT", {span}, {{"DocTimeRel", doc_time}, {"Polarity", polarity}, {"Type", "N/A"}}, {}};
}

Example note() {
  Example example;
  example.id = "n";
  //              0         1         2         3
  //              0123456789012345678901234567890123456
  example.text = "On Monday surgery, no fever. Pain now.";
  example.mentions = {{"T1", "TIMEX3", {{3, 9}}, {{"Class", "DATE"}}, {}},
                      event("T2", {10, 17}, "BEFORE", "POS"),
                      event("T3", {22, 27}, "AFTER", "NEG"),
                      event("T4", {29, 33}, "OVERLAP", "POS")};
  example.relations = {{"R1", "CONTAINS", 0, 1}};
  return example;
}

std::unique_ptr<Head> temporal_head(std::int64_t width, const std::vector<Example>& training) {
  return prepared_head("temporal", width, training);
}

TEST(TemporalHead, LossOfEvenWeightsByHand) {
  const auto head = temporal_head(8, {note()});
  HeadCounts counts;
  const auto encoded = head->encode(note(), tiny_tokenizer(), true, counts);
  // Three events with DocTimeRel (three values) and Polarity (two); Type and Class have one value: no decision. The
  // time may contain each event within reach: only the first is (0 characters apart in training).
  ASSERT_EQ(encoded->units, (std::vector<std::int64_t>{7}));
  EXPECT_EQ(counts.gold, 7);
  EXPECT_EQ(counts.lost, 0);
  PlantedHead planted(*head);
  const HeadBatch batch = batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1));
  const HeadLoss loss = head->loss(batch);
  EXPECT_EQ(loss.units, 7);
  // The pair: CONTAINS against none, log 2.
  EXPECT_NEAR(loss.sum.item<double>(), 3 * std::log(3.0) + 3 * std::log(2.0) + std::log(2.0), 1e-12);
}

TEST(TemporalHead, GradientsAreThoseOfTheLoss) {
  const auto head = temporal_head(6, {note()});
  HeadCounts counts;
  const auto encoded = head->encode(note(), tiny_tokenizer(), true, counts);
  expect_gradients(*head, {encoded.get()}, 6);
}

// One-hot rows; the planted weights know the last token of "fever" alone.
TEST(TemporalHead, PlantedStatesDecodeToTheirValues) {
  HeadCounts counts;
  Example input = note();
  for (Mention& mention : input.mentions) mention.attributes.clear();
  input.relations.clear();
  const auto probe = temporal_head(8, {note()})->encode(input, tiny_tokenizer(), false, counts);
  const std::int64_t rows = rows_of({probe.get()});
  const auto head = temporal_head(rows, {note()});
  const auto encoded = head->encode(input, tiny_tokenizer(), false, counts);
  EXPECT_EQ(encoded->units, (std::vector<std::int64_t>{0}));
  const auto& mentions = static_cast<const MentionExample&>(*encoded);
  PlantedHead planted(*head);
  planted.set("value.states", {0, rows + static_cast<std::int64_t>(mentions.row(0, mentions.hulls[2]->last - 1))}, 5);
  // Rows: DocTimeRel AFTER, BEFORE, OVERLAP, Polarity NEG, POS. By bias BEFORE and POS; "fever" AFTER and NEG.
  planted.set("value.output_bias", {1}, 1);
  planted.set("value.output_bias", {4}, 1);
  planted.set("value.output", {0, 0}, 1);
  planted.set("value.output", {3, 0}, 1);
  planted.set("pair.output_bias", {0}, 1);
  Example found = input;
  found.relations = {{"R9", "CONTAINS", 0, 3}};
  head->decode(*encoded, head->predict(batch_of({encoded.get()}, at::eye(rows, at::kDouble))), found);
  using Attributes = std::map<std::string, std::string>;
  EXPECT_EQ(found.mentions[0].attributes, (Attributes{{"Class", "DATE"}}));
  EXPECT_EQ(found.mentions[1].attributes, (Attributes{{"DocTimeRel", "BEFORE"}, {"Polarity", "POS"}, {"Type", "N/A"}}));
  EXPECT_EQ(found.mentions[2].attributes, (Attributes{{"DocTimeRel", "AFTER"}, {"Polarity", "NEG"}, {"Type", "N/A"}}));
  EXPECT_TRUE(found.relations.empty());
}

TEST(ValueClassifier, AnAbsentAttributeIsAValueAndAnUnknownOneIsLost) {
  Example bare = note();
  bare.mentions[1].attributes.erase("Polarity");
  ValueClassifier classifier(8, [](const std::string& name) { return name == "Polarity"; });
  classifier.prepare({note(), bare});
  ASSERT_EQ(classifier.choices().size(), 1u);
  EXPECT_EQ(classifier.choices()[0].values, (std::vector<std::optional<std::string>>{std::nullopt, "NEG", "POS"}));
  Example odd = note();
  odd.mentions[1].attributes["Polarity"] = "MAYBE";
  MentionExample encoded;
  encode_mentions(odd, tiny_tokenizer(), {}, encoded);
  HeadCounts counts;
  classifier.place(odd, encoded, true, counts);
  EXPECT_EQ(counts.gold, 3);
  EXPECT_EQ(counts.lost, 1);
}

// Gold values -> decisions -> decode gives the attributes back, on the made-up corpus and the public reports.
void expect_values_survive(const std::vector<Example>& examples, std::size_t at_least) {
  ValueClassifier classifier(8, [](const std::string&) { return true; });
  classifier.prepare(examples);
  HeadCounts counts;
  std::size_t attributes = 0, wrong = 0;
  for (const Example& gold : examples) {
    MentionExample encoded;
    encode_mentions(gold, tiny_tokenizer(), {512, 64}, encoded);
    Example found = gold;
    for (Mention& mention : found.mentions) mention.attributes.clear();
    classifier.clear(found);
    for (const WindowValues& window : classifier.place(gold, encoded, true, counts)) {
      std::vector<std::int32_t> values;
      for (const auto& decision : window.decisions) values.push_back(static_cast<std::int32_t>(decision.value));
      classifier.decode(window, values.data(), found);
    }
    for (std::size_t m = 0; m < gold.mentions.size(); ++m) {
      attributes += gold.mentions[m].attributes.size();
      wrong += found.mentions[m].attributes != gold.mentions[m].attributes;
    }
  }
  EXPECT_EQ(counts.lost, 0);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GE(attributes, at_least);
}

TEST(ValueClassifier, GoldSurvivesOnMadeUpNotes) {
  SynthOptions options;
  options.notes = 40;
  expect_values_survive(make_synth_split(options, "semeval2016t12", "train").examples, 2000);
}

TEST(ValueClassifier, GoldSurvivesOnThePublicReports) {
  POLYCLINIC_NEEDS_SHARED(data, "data/tempeval_silver");
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  expect_values_survive(find_task("tempeval_silver").read({data, "", "", {}}, "train", diagnostics).examples, 2000);
}

}  // namespace
}  // namespace polyclinic
