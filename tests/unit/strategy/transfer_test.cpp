#include "strategy/transfer.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(Transfer, ThreeTasksByHand) {
  const TransferSummary s = summarise_transfer({{0.8, 0.3, 0.1}, {0.6, 0.9, 0.4}, {0.7, 0.5, 0.95}}, {0.1, 0.1, 0.1});
  EXPECT_NEAR(s.average, 2.15 / 3, 1e-12);
  EXPECT_NEAR(s.backward, ((0.7 - 0.8) + (0.5 - 0.9)) / 2, 1e-12);
  EXPECT_NEAR(s.forward, ((0.3 - 0.1) + (0.4 - 0.1)) / 2, 1e-12);
  ASSERT_EQ(s.forgetting.size(), 2U);
  EXPECT_NEAR(s.forgetting[0], 0.1, 1e-12);
  EXPECT_NEAR(s.forgetting[1], 0.4, 1e-12);
  EXPECT_NEAR(s.mean_forgetting, 0.25, 1e-12);
}

TEST(Transfer, OneTaskTransfersNothing) {
  const TransferSummary s = summarise_transfer({{0.8}}, {0.1});
  EXPECT_EQ(s.average, 0.8);
  EXPECT_EQ(s.backward, 0);
  EXPECT_TRUE(s.forgetting.empty());
}

}  // namespace
}  // namespace polyclinic
