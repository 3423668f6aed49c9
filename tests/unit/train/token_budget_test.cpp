#include "train/token_budget.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

// One task of four sequences of 10 tokens: whatever the order, 75 tokens hold seven sequences.
TEST(TokenBudget, StepsByHand) {
  const std::vector<std::vector<std::int64_t>> lengths{{10, 10, 10, 10}};
  EXPECT_EQ(budget_steps(lengths, {1.0}, 1, 3, 75), 3);  // 3 + 3 + 1 sequences
  EXPECT_EQ(budget_steps(lengths, {1.0}, 1, 3, 90), 3);  // exactly
  EXPECT_EQ(budget_steps(lengths, {1.0}, 1, 3, 89), 3);
  EXPECT_EQ(budget_steps(lengths, {1.0}, 1, 3, 60), 2);
  EXPECT_EQ(budget_steps(lengths, {1.0}, 1, 1, 10), 1);
  EXPECT_THROW(budget_steps(lengths, {1.0}, 1, 3, 9), InputError);
}

// Uneven lengths: the walk is the sampler's own order.
TEST(TokenBudget, FollowsTheSampler) {
  const std::vector<std::vector<std::int64_t>> lengths{{3, 5, 7, 11, 13}, {2, 40}};
  const std::vector<double> shares{0.75, 0.25};
  for (const std::int64_t budget : {60, 100, 333, 1000}) {
    TaskSampler sampler(shares, {5, 2}, 9);
    std::int64_t fed = 0, sequences = 0;
    while (true) {
      const Draw draw = sampler.next();
      if (fed + lengths[draw.task][draw.example] > budget) break;
      fed += lengths[draw.task][draw.example];
      ++sequences;
    }
    EXPECT_LT(budget - fed, 40);
    EXPECT_EQ(budget_steps(lengths, shares, 9, 4, budget), (sequences + 3) / 4) << budget;
  }
}

}  // namespace
}  // namespace polyclinic
