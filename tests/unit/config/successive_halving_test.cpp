#include "config/successive_halving.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace polyclinic {
namespace {

// Worked by hand: factor 2, 3 rungs, 4 configurations with scores 1, 3, 2, 4 at any length.
TEST(SuccessiveHalving, TheOrderOfASmallSearch) {
  SuccessiveHalving search(4, 3, 2);
  const std::vector<double> score{1, 3, 2, 4};
  const std::vector<Trial> expected{{0, 0}, {1, 0}, {1, 1}, {2, 0}, {3, 0}, {3, 1}, {3, 2}};
  for (const Trial& trial : expected) {
    const std::optional<Trial> next = search.next();
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, trial) << next->configuration << " on rung " << next->rung;
    search.report(trial, score[trial.configuration]);
  }
  EXPECT_FALSE(search.next());
}

TEST(SuccessiveHalving, NineConfigurationsThreeOneAndTheBestWins) {
  SuccessiveHalving search(9, 3, 3);
  std::map<std::size_t, std::vector<std::size_t>> on;
  while (const auto trial = search.next()) {
    on[trial->rung].push_back(trial->configuration);
    search.report(*trial, static_cast<double>(trial->configuration));  // rising: late ones are better
  }
  EXPECT_EQ(on[0].size(), 9);
  EXPECT_GE(on[1].size(), 3);  // asynchronous: an early one may be promoted before better ones are known
  EXPECT_GE(on[2].size(), 1);
  EXPECT_EQ(on[2].back(), 8);
}

TEST(SuccessiveHalving, AFailedRunIsNeverPromoted) {
  SuccessiveHalving search(3, 2, 3);
  for (int i = 0; i < 3; ++i) search.report(search.next().value(), std::nan(""));
  EXPECT_FALSE(search.next());
}

}  // namespace
}  // namespace polyclinic
