// Equality with the official scripts' bytes: official_outputs_test.cpp. Here: reading, writing, counts by hand.
#include "tasks/semeval2015t14.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

SlotDisorder disorder(const std::string& spans, const std::string& concept_id) {
  return {spans, concept_id, {"no", "patient", "no", "unmarked", "unmarked", "false", "false"}, {"null"}};
}

// The two examples of the format notes: gold A overlaps X and Y, gold B overlaps Y; A is visited first.
TEST(Semeval2015t14, OneGoldTakesAllThatOverlapIt) {
  const SlotTable gold = {{"d", {{"0-10", disorder("0-10", "c")}, {"12-20", disorder("12-20", "c")}}}};
  const SlotTable predicted = {{"d", {{"1-3", disorder("1-3", "c")}, {"4-14", disorder("4-14", "c")}}},
                               {"other", {{"1-3", disorder("1-3", "c")}}}};
  const ScoreReport report = score_semeval2015t14(gold, predicted, "1");
  EXPECT_EQ(report.text,
            "Strict Score\nTP: 0, FP: 2, FN: 2\nP:\t 0.000\nR:\t 0.000\nF:\t 0.000\n\n"
            "Relaxed  Score\nTP: 1, FP: 1, FN: 1\nP:\t 0.500\nR:\t 0.500\nF:\t 0.500\n\n");
}

// Spans that only touch overlap by one, since ends are inclusive.
TEST(Semeval2015t14, TouchingIsOverlap) {
  const SlotTable gold = {{"d", {{"0-10", disorder("0-10", "c")}}}};
  const SlotTable predicted = {{"d", {{"10-12", disorder("10-12", "c")}}}};
  EXPECT_EQ(score_semeval2015t14(gold, predicted, "1").json["relaxed"]["true_positive"], 1);
}

// The script misspells donor_other, so the real value weighs nothing: 1 + .21 + 0 + .07 + .05 + .08 + .06 + .05 + .51.
TEST(Semeval2015t14, WeightsByHand) {
  SlotDisorder truth = disorder("0-10", "c"), answer = truth;
  truth.slots[1] = "donor_other";
  answer.concept_id = "d";
  const ScoreReport report = score_semeval2015t14({{"d", {{"0-10", truth}}}}, {{"d", {{"0-10", answer}}}}, "2a");
  EXPECT_DOUBLE_EQ(report.json["accuracy"].get<double>(), 7.0 / 9);
  EXPECT_NEAR(report.primary, 1.03 / 2.03, 1e-12);
  EXPECT_EQ(report.text.find("Subject"), std::string::npos);  // the script divides by zero there
}

TEST(Semeval2015t14, ReadsAndWritesTheSameLines) {
  const TemporaryFolder folder;
  const std::string start = "note.txt|0-3,8-12|C0000001|no|null|patient|null|yes|13-18|unmarked|null|severe|4-7,8-12|";
  const std::string lines = start + "false|null|false|null|C0000009|0-3\n" + start +
                            "false|null|false|null|C0000008|null\n"
                            "note.txt|8-12|CUI-less|yes|4-7|family_member|0-3|no|null|unmarked|null|unmarked|null|"
                            "false|null|false|null|null|null\n";
  write_file_atomic(folder.path() / "train/note.text", "hip and knee pains\n");
  write_file_atomic(folder.path() / "train/note.pipe", lines);
  write_file_atomic(folder.path() / "train/short.text", "pain\n");
  write_file_atomic(folder.path() / "train/short.pipe", "short.txt|0-4|C0000002\n");
  const TaskDefinition& task = find_task("semeval2015t14");
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  TaskData data;
  data.folder = folder.path();
  const Split split = task.read(data, "train", diagnostics);
  EXPECT_TRUE(diagnostics.items().empty());
  ASSERT_EQ(split.examples.size(), 2u);
  ASSERT_EQ(split.examples[0].mentions.size(), 2u);
  EXPECT_EQ(split.examples[0].mentions[0].attributes.at("bodyloc"), "C0000009 C0000008");
  task.write(data, split, folder.path() / "out");
  EXPECT_EQ(read_file(folder.path() / "out/note.pipe"), lines);
  EXPECT_EQ(read_file(folder.path() / "out/short.pipe"), "short.txt|0-4|C0000002\n");
  for (const std::string subtask : {"1", "2a", "2b"}) {
    data.subtask = subtask;
    EXPECT_EQ(task.score(data, split, split).text,
              score("semeval2015t14", folder.path() / "train", folder.path() / "out", {{"subtask", subtask}}).text);
  }
}

}  // namespace
}  // namespace polyclinic
