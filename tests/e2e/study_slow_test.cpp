// Slow tier: the whole study on all five made-up tasks, within 30 minutes on two cores. Forty steps instead of thirty
// had 13 of 14 trainings done after 29 minutes at 1.2 of two cores of a busy machine (2026-11-24).
#include <gtest/gtest.h>

#include "support/study.h"

namespace polyclinic {
namespace {

TEST(Study, EveryStrategyAndAblation) {
  const MadeUpData data(40);
  const ProgramResult result =
      run_program(data.words({"run", "-m", "--quiet", "experiment=study", "train.max_steps=30",
                              "train.learning_rate=1e-3", "train.eval_every_n_steps=15", "train.threads=2"}));
  EXPECT_EQ(result.exit, 0) << result.error;
  const Json summary = data.summary();
  expect_study_table(summary, {"S1", "S2", "S3a", "S3b", "S4", "S5", "A1", "A2", "A3", "A4"});
  for (const char* strategy : {"S3a", "S3b", "A1", "A3", "A4"}) {  // with a shared slot and surgery
    const Json rate = row(summary, strategy)["conflict_rate"];
    ASSERT_TRUE(rate.is_number()) << strategy;
    EXPECT_GE(rate.get<double>(), 0);
    EXPECT_LE(rate.get<double>(), 1);
  }
  // A1 to A4 are equal in active parameters, within the tolerance of 5 %.
  const double a4 = row(summary, "A4")["parameters"]["active"].get<double>();
  for (const char* ablation : {"A1", "A2", "A3"}) {
    EXPECT_NEAR(row(summary, ablation)["parameters"]["active"].get<double>() / a4, 1, 0.05) << ablation;
  }
  std::fputs(result.out.substr(result.out.rfind("STRATEGY")).c_str(), stdout);
}

}  // namespace
}  // namespace polyclinic
