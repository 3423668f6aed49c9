#include "report/study_table.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

RunRecord run(const std::string& task, double score, std::int64_t fed, std::int64_t active, std::int64_t total) {
  RunRecord out;
  out.metrics[task] = {{"primary", "f1"}, {"f1", score}, {"recall", 0.9}};
  out.tokens[task] = {fed, fed / 2, 2 * fed};
  out.parameters_active = active;
  out.parameters_total = total;
  return out;
}

TEST(StudyTable, RunsOfOneLineAddUp) {
  RunRecord both = run("ner", 0.7, 300, 24, 56);
  both.metrics["ranking"] = {{"primary", "map"}, {"map", 0.5}};
  both.details = {{"conflict_rate", 0.125}};
  const StudyTable table = study_table({{"S1", {run("ner", 0.6, 100, 16, 16), run("ranking", 0.4, 50, 20, 20)}, ""},
                                        {"A4", {both}, ""},
                                        {"S5", {}, "failed"}});
  ASSERT_EQ(table.tasks, (std::vector<std::string>{"ner", "ranking"}));
  EXPECT_DOUBLE_EQ(table.rows[0].mean.value(), 0.5);
  EXPECT_EQ(table.rows[0].tokens, (RunTokens{150, 75, 300}));
  EXPECT_EQ(table.rows[0].active, 20);  // one model a task: the largest
  EXPECT_EQ(table.rows[0].total, 36);   // and all of them
  EXPECT_FALSE(table.rows[0].conflict_rate);
  EXPECT_DOUBLE_EQ(table.rows[1].mean.value(), 0.6);
  EXPECT_FALSE(table.rows[2].mean);
  EXPECT_EQ(table.text(),
            "             ner  ranking\n"
            "STRATEGY      f1             MEAN  TOKENS  TRUNK TOKENS  ACTIVE  TOTAL  CONFLICTS\n"
            "S1        0.6000   0.4000  0.5000     150           300      20     36          -\n"
            "A4        0.7000   0.5000  0.6000     300           600      24     56     12.5 %\n"
            "S5        failed   failed       -       -             -       -      -          -\n");
  EXPECT_EQ(table.json()[1]["tasks"]["ranking"]["metric"], "map");
  EXPECT_EQ(table.json()[1]["conflict_rate"], 0.125);
  EXPECT_EQ(table.json()[2]["problem"], "failed");
}

TEST(StudyTable, AMissingTaskHasNoMean) {
  const StudyTable table = study_table({{"S1", {run("ner", 0.6, 1, 1, 1)}, ""}}, {"ranking", "ner"});
  ASSERT_EQ(table.tasks, (std::vector<std::string>{"ranking", "ner"}));
  EXPECT_FALSE(table.rows[0].mean);
}

}  // namespace
}  // namespace polyclinic
