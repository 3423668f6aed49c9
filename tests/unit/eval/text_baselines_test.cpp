#include "eval/text_baselines.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/baselines.h"
#include "support/shared_data.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example text(const std::string& words, std::vector<std::string> labels) {
  Example example;
  example.text = words;
  example.labels = std::move(labels);
  return example;
}

Example bare(const std::string& words, const std::string& second = "") {
  Example example;
  example.text = words;
  example.second_text = second;
  return example;
}

// Manning, Raghavan and Schuetze 2008, example 13.1: the document of the test set is in class "yes" (China).
TEST(NaiveBayes, TextbookExample) {
  const Split training{"train",
                       {text("Chinese Beijing Chinese", {"yes"}), text("Chinese Chinese Shanghai", {"yes"}),
                        text("Chinese Macao", {"yes"}), text("Tokyo Japan Chinese", {"no"})}};
  const Split found =
      naive_bayes_baseline(training, {"test", {bare("Chinese Chinese Chinese Tokyo Japan"), bare("Tokyo Japan")}});
  EXPECT_EQ(found.examples[0].labels, (std::vector<std::string>{"yes"}));
  EXPECT_EQ(found.examples[1].labels, (std::vector<std::string>{"no"}));
}

TEST(NaiveBayes, AnyNumberOfLabels) {
  const Split training{"train",
                       {text("red apple", {"red", "fruit"}), text("red car", {"red"}), text("green pear", {"fruit"}),
                        text("grey stone", {"none"}), text("grey rock", {"none"})}};
  const Split found = naive_bayes_baseline(training, {"test", {bare("red apple"), bare("grey stone")}});
  EXPECT_EQ(found.examples[0].labels, (std::vector<std::string>{"fruit", "red"}));
  EXPECT_EQ(found.examples[1].labels, (std::vector<std::string>{"none"}));
}

// Two candidates of two words each, average length 2; "pain" stands in one of two: idf = log(1 + 1.5 / 1.5) = log 2,
// tf part = 2.2 / (1 + 1.2) = 1.
TEST(Bm25, ByHand) {
  const Split found = bm25_baseline({"train", {text("q", {"false"})}},
                                    {"test", {bare("pain", "pain relief"), bare("pain", "other words")}});
  EXPECT_NEAR(*found.examples[0].score, std::log(2.0), 1e-12);
  EXPECT_EQ(*found.examples[1].score, 0);
  EXPECT_EQ(found.examples[0].labels, (std::vector<std::string>{"false"}));
}

TEST(WordOverlap, ByHand) {
  Example low = bare("a", "b"), high = bare("a", "a");
  low.score = 0;
  high.score = 4;
  const Split found = word_overlap_baseline({"train", {low, high}}, {"test", {bare("a b c", "b c d")}});
  EXPECT_NEAR(*found.examples[0].score, 4 * 2.0 / 4, 1e-12);
}

TEST(SimpleBaseline, SuitsTheTask) {
  Example candidate = text("q", {"true"});
  candidate.group = "q";
  candidate.properties["rank"] = "4";
  Example scored = bare("a", "b");
  scored.score = 1;
  const Split inputs{"test", {candidate}};
  EXPECT_EQ(simple_baseline({"train", {candidate}}, inputs).name, "bm25");
  EXPECT_EQ(simple_baseline({"train", {text("a", {"x"})}}, inputs).name, "naive_bayes");
  EXPECT_EQ(simple_baseline({"train", {scored}}, inputs).name, "word_overlap");
  EXPECT_EQ(*majority_baseline({"train", {candidate}}, inputs).examples[0].score, 0.25);  // the given order
}

// ev.py's own IR column on this file: MAP of the order in which the comments stand.
TEST(SimpleBaseline, TheGivenOrderIsTheOfficialOne) {
  POLYCLINIC_NEEDS_SHARED(data, "data/cqa");
  Diagnostics collected(Diagnostics::Mode::collect);
  const TaskDefinition& task = find_task("cqa");
  for (const char* subtask : {"A", "B"}) {
    const Split gold = task.read({data, "", subtask, {}}, "dev", collected);
    const ScoreReport report = task.score({data, "", subtask, {}}, gold, majority_baseline(gold, gold));
    EXPECT_DOUBLE_EQ(report.json["system"]["map"].get<double>(), report.json["baseline"]["map"].get<double>());
  }
}

}  // namespace
}  // namespace polyclinic
