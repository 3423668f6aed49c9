#include "eval/baselines.h"

#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Example note(const std::string& text, std::vector<Mention> mentions = {}) {
  Example example;
  example.text = text;
  example.mentions = std::move(mentions);
  return example;
}

TEST(Gazetteer, TakesTheLongestMatchAndTheUsualType) {
  const Split training{
      "train",
      {note("Renal failure and failure", {{"", "Disease", {{0, 13}}, {}, {}}, {"", "Disease", {{18, 25}}, {}, {}}}),
       note("aspirin", {{"", "Chemical", {{0, 7}}, {}, {}}})}};
  const Split found = gazetteer_baseline(training, {"test", {note("Aspirin-induced renal  failure, é failure.")}});
  const std::vector<Mention>& mentions = found.examples[0].mentions;
  ASSERT_EQ(mentions.size(), 3u);
  EXPECT_EQ(mentions[0].type, "Chemical");
  EXPECT_EQ(mentions[0].fragments[0], (Span{0, 7}));
  EXPECT_EQ(mentions[1].fragments[0], (Span{16, 30}));
  EXPECT_EQ(mentions[2].fragments[0], (Span{34, 41}));
}

TEST(Gazetteer, GivesTheUsualConceptAndAttributes) {
  Split training{"train", {}};
  for (std::size_t i = 0; i < 24; ++i) {
    Example example = note("pain");
    const std::string tense = i < 14 ? "BEFORE" : "AFTER";
    example.mentions = {{"T1", "EVENT", {{0, 4}}, {{"DocTimeRel", tense}, {"cue", std::to_string(i)}}, "C1"}};
    if (i < 10) example.mentions[0].attributes["Degree"] = "LITTLE";
    if (i < 4) example.mentions[0].concept_id = "C2";
    training.examples.push_back(example);
  }
  const Mention found = gazetteer_baseline(training, {"test", {note("pain")}}).examples[0].mentions.at(0);
  EXPECT_EQ(found.concept_id, "C1");
  // No degree, which most have not; no cue, which is another one each time.
  EXPECT_EQ(found.attributes, (std::map<std::string, std::string>{{"DocTimeRel", "BEFORE"}}));
}

TEST(Gazetteer, LeavesOutWordsThatAreMostlyNoMention) {
  const Split training{"train", {note("pain", {{"", "Disease", {{0, 4}}, {}, {}}}), note("pain pain pain")}};
  EXPECT_TRUE(gazetteer_baseline(training, {"test", {note("pain")}}).examples[0].mentions.empty());
}

TEST(Majority, HasNoMentionAndTheUsualLabel) {
  Example yes = note("a"), no = note("b");
  yes.labels = {"yes"};
  no.labels = {"no"};
  const Split predicted = majority_baseline({"train", {yes, no, yes}}, {"test", {no}});
  EXPECT_EQ(predicted.examples[0].labels, std::vector<std::string>{"yes"});
  EXPECT_TRUE(predicted.examples[0].mentions.empty());
}

// The independent figure comes from a Python script of a dozen lines over the same columns (case folded, entries that
// are a mention in at least half of their occurrences): P .8952, R .5836, F .7066.
TEST(Gazetteer, OnBc5cdrEqualsThePythonFigure) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed/bc5cdr");
  Diagnostics diagnostics;
  const TaskDefinition& task = find_task("bc5cdr");
  const Split test = task.read({folder, "", "", {}}, "test", diagnostics);
  const Split training = task.read({folder, "", "", {}}, "train", diagnostics);
  const ScoreReport report = task.score({}, test, gazetteer_baseline(training, test));
  EXPECT_NEAR(report.primary, 0.7066, 0.01);
}

}  // namespace
}  // namespace polyclinic
