#include <gtest/gtest.h>

#include <cmath>

#include "core/concat.h"
#include "model/heads/cue_pointer.h"
#include "model/heads/mention_states.h"
#include "support/head_probe.h"
#include "support/temporary_folder.h"
#include "support/tiny_tokenizer.h"
#include "tasks/registry.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

using Attributes = std::map<std::string, std::string>;

Example note() {
  Example example;
  example.id = "n";
  //              0         1         2         3
  //              01234567890123456789012345678901234567
  example.text = "Denies fever. Severe pain of the knee.";
  example.mentions = {{"T1",
                       "Disease_Disorder",
                       {{7, 12}},
                       {{"negation", "yes"},
                        {"negation.span", "0-6"},
                        {"severity", "unmarked"},
                        {"bodyloc", "null"},
                        {"bodyloc.span", "null"},
                        {"generic", "false"}},
                       {}},
                      {"T2",
                       "Disease_Disorder",
                       {{21, 25}},
                       {{"negation", "no"},
                        {"severity", "severe"},
                        {"severity.span", "14-20"},
                        {"bodyloc", "C0022742"},
                        {"bodyloc.span", "33-37"},
                        {"generic", "false"}},
                       {}}};
  return example;
}

Example without_slots() {
  Example example = note();
  for (Mention& mention : example.mentions) mention.attributes.clear();
  return example;
}

std::unique_ptr<Head> slots_head(std::int64_t width, const std::vector<Example>& training) {
  return prepared_head("slots", width, training);
}

// Choices of two values each: bodyloc, negation, severity (generic is false throughout); three cues.
TEST(SlotsHead, LossOfEvenWeightsByHand) {
  const auto head = slots_head(8, {note()});
  HeadCounts counts;
  const auto encoded = head->encode(note(), tiny_tokenizer(), true, counts);
  EXPECT_EQ(encoded->units, (std::vector<std::int64_t>{6 + 3}));
  EXPECT_EQ(counts.gold, 9);
  EXPECT_EQ(counts.lost, 0);
  PlantedHead planted(*head);
  const HeadLoss loss = head->loss(batch_of({encoded.get()}, random_tensor({rows_of({encoded.get()}), 8}, 1, 1)));
  // A cue's first and last token are each one of the text's tokens.
  const auto tokens = static_cast<double>(static_cast<const WindowedExample&>(*encoded).windows[0].size());
  EXPECT_NEAR(loss.sum.item<double>(), 6 * std::log(2.0) + 3 * 2 * std::log(tokens), 1e-10);
  EXPECT_EQ(loss.units, 9);
}

TEST(SlotsHead, GradientsAreThoseOfTheLoss) {
  const auto head = slots_head(6, {note()});
  HeadCounts counts;
  const auto encoded = head->encode(note(), tiny_tokenizer(), true, counts);
  expect_gradients(*head, {encoded.get()}, 6);
}

// One-hot rows: "fever" is negated by the token "Denies" and "pain" has its place at "knee", by planted weights.
TEST(SlotsHead, PlantedStatesDecodeToSlotsAndCues) {
  HeadCounts counts;
  const auto probe = slots_head(8, {note()})->encode(without_slots(), tiny_tokenizer(), false, counts);
  const std::int64_t rows = rows_of({probe.get()});
  ASSERT_LE(rows, 128);
  const auto head = slots_head(rows, {note()});
  const auto encoded = head->encode(without_slots(), tiny_tokenizer(), false, counts);
  const auto& placed = static_cast<const MentionExample&>(*encoded);
  const auto row_of = [&](Span span, bool last) {
    const TokenRange range = *placed.text->tokens_of(span);
    return static_cast<std::int64_t>(placed.row(0, last ? range.last - 1 : range.first));
  };
  const auto state = [&](std::size_t m) {
    return rows + static_cast<std::int64_t>(placed.row(0, placed.hulls[m]->last - 1));
  };
  PlantedHead planted(*head);
  planted.set("value.states", {0, state(0)}, 5);  // fever
  planted.set("value.states", {1, state(1)}, 5);  // pain
  // Rows: bodyloc marked, null; negation no, yes; severity severe, unmarked.
  planted.set("value.output_bias", {1}, 1);
  planted.set("value.output_bias", {2}, 1);
  planted.set("value.output_bias", {5}, 1);
  planted.set("value.output", {3, 0}, 1);
  planted.set("value.output", {0, 1}, 1);
  // Cues: attribute 1 (negation) begins and ends at "Denies", attribute 0 (bodyloc) at "knee".
  for (const std::string side : {"begin", "end"}) {
    planted.set(concat("cue.", side, ".attribute"), {1, 0}, 1);
    planted.set(concat("cue.", side, ".key"), {0, row_of({0, 6}, side == "end")}, 9);
    planted.set(concat("cue.", side, ".attribute"), {0, 1}, 1);
    planted.set(concat("cue.", side, ".key"), {1, row_of({33, 37}, side == "end")}, 9);
  }
  Example found = without_slots();
  found.mentions[0].attributes["negation"] = "stale";
  head->decode(*encoded, head->predict(batch_of({encoded.get()}, at::eye(rows, at::kDouble))), found);
  EXPECT_EQ(found.mentions[0].attributes, (Attributes{{"negation", "yes"},
                                                      {"negation.span", "0-6"},
                                                      {"severity", "unmarked"},
                                                      {"bodyloc", "null"},
                                                      {"generic", "false"}}));
  EXPECT_EQ(found.mentions[1].attributes, (Attributes{{"negation", "no"},
                                                      {"severity", "unmarked"},
                                                      {"bodyloc", "C0022742"},
                                                      {"bodyloc.span", "33-37"},
                                                      {"generic", "false"}}));
}

TEST(SlotsHead, CountsCuesInPiecesAndUnknownValuesAsLost) {
  Example odd = note();
  odd.mentions[0].attributes["negation.span"] = "0-3,4-6";
  odd.mentions[1].attributes["severity"] = "slight";
  const auto head = slots_head(8, {note()});
  HeadCounts counts;
  head->encode(odd, tiny_tokenizer(), true, counts);
  EXPECT_EQ(counts.gold, 9);
  EXPECT_EQ(counts.lost, 2);
}

TEST(SlotsHead, InventoryRestores) {
  const auto head = slots_head(8, {note()});
  HeadOptions options;
  options.hidden_size = 8;
  const auto other = make_head("slots", options);
  other->restore(nlohmann::json::parse(head->inventory().dump()));
  EXPECT_EQ(other->inventory(), head->inventory());
  ASSERT_EQ(other->parameters().size(), head->parameters().size());
}

TEST(SlotsHead, GoldOfTheMadeUpCorpusIsRepresented) {
  const TemporaryFolder folder;
  SynthOptions options;
  options.task = "semeval2015t14";
  options.notes = 60;
  options.out = folder.path();
  write_synth(options);
  Diagnostics diagnostics;
  const Split training =
      find_task("semeval2015t14").read({folder.path() / "semeval2015t14", "", "", {}}, "train", diagnostics);
  const auto head = slots_head(8, training.examples);
  HeadCounts counts;
  for (const Example& example : training.examples) head->encode(example, tiny_tokenizer(), true, counts);
  EXPECT_GT(counts.gold, 1000);
  EXPECT_LE(100 * counts.lost, counts.gold) << counts.lost << " of " << counts.gold;
}

}  // namespace
}  // namespace polyclinic
