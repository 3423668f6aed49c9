#include "store/paired_test.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

TEST(PairedTest, OneRunAgainstItselfDiffersByNothing) {
  const std::vector<DocumentCounts> run = {{"t", "a", 3, 1, 0}, {"t", "b", 0, 2, 2}, {"t", "c", 5, 0, 1}};
  const PairedResult result = paired_test(run, run, 500);
  EXPECT_DOUBLE_EQ(result.score_a, 16.0 / 22.0);  // 8 tp, 3 fp, 3 fn
  EXPECT_DOUBLE_EQ(result.difference, 0);
  EXPECT_DOUBLE_EQ(result.low, 0);
  EXPECT_DOUBLE_EQ(result.high, 0);
  EXPECT_DOUBLE_EQ(result.p_randomization, 1);
}

TEST(PairedTest, FourDocumentsAllBetter) {
  std::vector<DocumentCounts> worse, better;
  for (const char* id : {"a", "b", "c", "d"}) {
    worse.push_back({"t", id, 0, 1, 1});
    better.insert(better.begin(), {"t", id, 1, 0, 0});
  }
  const PairedResult result = paired_test(worse, better);
  EXPECT_DOUBLE_EQ(result.difference, 1);
  EXPECT_DOUBLE_EQ(result.low, 1);
  // Of the 16 ways to swap, all or none of the documents swapped are as far apart: 1 / 8.
  EXPECT_NEAR(result.p_randomization, 0.125, 0.015);
}

// Mean average precision over questions: 0.5 and 1 against 0.25 and 1; the counts beside them have no say.
TEST(PairedTest, MeansArePairedAsMeans) {
  const std::vector<DocumentCounts> a = {{"t", "q1", 1, 0, 0, 0.5, 1}, {"t", "q2", 1, 0, 0, 1, 1}},
                                    b = {{"t", "q1", 0, 9, 9, 0.25, 1}, {"t", "q2", 0, 9, 9, 1, 1}};
  const PairedResult result = paired_test(a, b);
  EXPECT_DOUBLE_EQ(result.score_a, 0.75);
  EXPECT_DOUBLE_EQ(result.score_b, 0.625);
  EXPECT_DOUBLE_EQ(result.low, -0.25);  // q1 drawn twice
  EXPECT_DOUBLE_EQ(result.high, 0);     // q2 drawn twice
  EXPECT_DOUBLE_EQ(result.p_randomization, 1);
}

TEST(PairedTest, OnlyDocumentsOfBothCount) {
  const std::vector<DocumentCounts> a = {{"t", "a", 1, 0, 0}, {"t", "x", 0, 9, 9}}, b = {{"t", "a", 1, 1, 0}};
  const PairedResult result = paired_test(a, b, 10);
  EXPECT_EQ(result.documents, 1u);
  EXPECT_DOUBLE_EQ(result.score_a, 1);
  EXPECT_DOUBLE_EQ(result.score_b, 2.0 / 3.0);
  EXPECT_THROW(paired_test(a, {{"t", "other", 1, 0, 0}}), InputError);
}

}  // namespace
}  // namespace polyclinic
