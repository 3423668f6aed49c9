// The study's command on all five made-up tasks: a short cut of it; the whole is in the slow tier.
#include <gtest/gtest.h>

#include "support/study.h"

namespace polyclinic {
namespace {

TEST(Study, ACutOfItEndsWithOneTable) {
  const MadeUpData data(12);
  const ProgramResult result = run_program(data.words(
      {"run", "-m", "--quiet", "experiment=study", "strategy=s1,s2,s3b,a1", "train.max_steps=3", "train.batch_size=5",
       "model.lora.rank=8", "model.lora.alpha=16", "train.eval_every_n_steps=1000", "train.threads=1"}));
  if (result.error.find("is not built yet") != std::string::npos) GTEST_SKIP() << result.error;
  EXPECT_EQ(result.exit, 0) << result.error;
  const Json summary = data.summary();
  expect_study_table(summary, {"S1", "S2", "S3b", "A1"});
  EXPECT_NE(result.out.find("STRATEGY"), std::string::npos) << result.out;
  // One shared slot of rank 8 or of rank 24: A1 has three times the parameters of S2.
  EXPECT_EQ(row(summary, "A1")["parameters"]["total"].get<int>(),
            3 * row(summary, "S2")["parameters"]["total"].get<int>());
  // S1: five models, each as large as S2's one.
  EXPECT_EQ(row(summary, "S1")["parameters"]["active"], row(summary, "S2")["parameters"]["active"]);
  EXPECT_EQ(row(summary, "S1")["parameters"]["total"].get<int>(),
            5 * row(summary, "S2")["parameters"]["total"].get<int>());
  // S3b feeds level-2 sequences twice.
  EXPECT_GT(row(summary, "S3b")["tokens"]["trunk"].get<int>(), row(summary, "S3b")["tokens"]["fed"].get<int>());
  EXPECT_EQ(row(summary, "S2")["tokens"]["trunk"], row(summary, "S2")["tokens"]["fed"]);
}

}  // namespace
}  // namespace polyclinic
