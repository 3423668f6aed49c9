// Counts of reference/tasks.md (section 6) and of `grep -c` over the files themselves.
#include <array>
#include <map>

#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

std::map<std::string, std::size_t> count_types(const Split& split) {
  std::map<std::string, std::size_t> out;
  for (const Example& e : split.examples) {
    for (const Mention& m : e.mentions) ++out[m.type];
    out["relations"] += e.relations.size();
  }
  return out;
}

Split read(const std::string& task, const TaskData& data, const std::string& split) {
  Diagnostics strict;  // the first defect throws
  return find_task(task).read(data, split, strict);
}

TEST(EntityRelationTasks, MeasEvalHasThePublishedCounts) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/measeval");
  const Split train = read("measeval", {folder}, "train"), test = read("measeval", {folder}, "test");
  EXPECT_EQ(train.examples.size(), 248u);
  EXPECT_EQ(test.examples.size(), 135u);
  EXPECT_EQ(count_types(train), (std::map<std::string, std::size_t>{{"Quantity", 883},
                                                                    {"MeasuredEntity", 875},
                                                                    {"MeasuredProperty", 563},
                                                                    {"Qualifier", 210},
                                                                    {"relations", 875 + 563 + 210}}));
  EXPECT_EQ(count_types(test), (std::map<std::string, std::size_t>{{"Quantity", 499},
                                                                   {"MeasuredEntity", 499},
                                                                   {"MeasuredProperty", 330},
                                                                   {"Qualifier", 162},
                                                                   {"relations", 499 + 330 + 162}}));
}

TEST(EntityRelationTasks, GoldAgainstGoldIsPerfect) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/measeval");
  const TaskData data{folder};
  const Split test = read("measeval", data, "test");
  const ScoreReport report = find_task("measeval").score(data, test, test);
  EXPECT_DOUBLE_EQ(report.primary, 1.0);
  EXPECT_EQ(report.primary_name, find_task("measeval").primary_metric);
}

TEST(EntityRelationTasks, MeasEvalSurvivesItsWriter) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/measeval");
  const Split test = read("measeval", {folder}, "test");
  TemporaryFolder out;
  find_task("measeval").write({folder}, test, out.path());
  const ScoreReport report = score("measeval", folder / "eval/tsv", out.path());
  EXPECT_GT(report.primary, 0.99);  // the two rows of one id in two sets are all that can differ
}

TEST(EntityRelationTasks, MeasEvalInBratHasAllLines) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/measeval");
  TaskData data{folder};
  data.format = "brat";
  std::size_t entities = 0, relations = 0;
  for (const Example& e : read("semeval2021t6", data, "train").examples) {
    entities += e.mentions.size();
    relations += e.relations.size();
  }
  EXPECT_EQ(entities, 3215u);
  EXPECT_EQ(relations, 1655u);
}

TEST(EntityRelationTasks, DdiAndChemprotHaveAllLines) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed");
  const auto total = [&](const std::string& task, const std::string& split) {
    const Split read_split = read(task, {folder / task}, split);
    std::size_t entities = 0, relations = 0;
    for (const Example& e : read_split.examples) entities += e.mentions.size(), relations += e.relations.size();
    return std::array<std::size_t, 3>{read_split.examples.size(), entities, relations};
  };
  EXPECT_EQ(total("ddi", "train"), (std::array<std::size_t, 3>{714, 14765, 4021}));
  EXPECT_EQ(total("ddi", "test"), (std::array<std::size_t, 3>{303, 3726, 979}));
  EXPECT_EQ(total("chemprot", "train"), (std::array<std::size_t, 3>{1020, 25752, 6437}));
  EXPECT_EQ(total("chemprot", "test"), (std::array<std::size_t, 3>{800, 20828, 5744}));
}

TEST(EntityRelationTasks, BratSurvivesItsWriter) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed");
  const TaskDefinition& task = find_task("ddi");
  const Split gold = read("ddi", {folder / "ddi"}, "test");
  TemporaryFolder out;
  task.write({folder}, gold, out.path() / "test");
  const Split back = read("ddi", {out.path()}, "test");
  const ScoreReport report = task.score({folder}, gold, back);
  EXPECT_DOUBLE_EQ(report.primary, 1.0);
  EXPECT_EQ(report.json["entity"]["f1"], 1.0);
}

TEST(EntityRelationTasks, ASplitThatIsNotThereIsSaid) {
  TemporaryFolder empty;
  EXPECT_THROW(read("ddi", {empty.path()}, "train"), InputError);
}

}  // namespace
}  // namespace polyclinic
