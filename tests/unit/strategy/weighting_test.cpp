#include "strategy/weighting.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace polyclinic {
namespace {

TEST(Weighting, UncertaintyByHand) {
  // Task 0: mean 2, s = 0: 2 + 0. Task 1: mean 3, s = log 4: 3 / 4 + log(4) / 2. Task 2 is absent.
  const std::vector<double> s{0.0, std::log(4.0), 5.0};
  const WeightedLoss loss = weighted_loss(Weighting::uncertainty, s, {{0, 8.0, 4}, {1, 9.0, 3}, {2, 0.0, 0}});
  EXPECT_NEAR(loss.value, 2 + 0.75 + std::log(2.0), 1e-14);
  EXPECT_NEAR(loss.s_gradient[0], 0.5 - 2.0, 1e-14);
  EXPECT_NEAR(loss.s_gradient[1], 0.5 - 0.75, 1e-14);
  EXPECT_EQ(loss.s_gradient[2], 0.0);
  EXPECT_NEAR(loss_weights(Weighting::uncertainty, s)[1], 0.25, 1e-15);
}

TEST(Weighting, DerivativeAgreesWithDifferences) {
  const std::vector<LossTerm> terms{{0, 1.3, 2}, {1, 40.0, 7}, {2, 0.01, 5}};
  std::vector<double> s{0.3, -1.2, 2.0};
  const WeightedLoss loss = weighted_loss(Weighting::uncertainty, s, terms);
  for (std::size_t t = 0; t < s.size(); ++t) {
    const double h = 1e-6, keep = s[t];
    s[t] = keep + h;
    const double up = weighted_loss(Weighting::uncertainty, s, terms).value;
    s[t] = keep - h;
    const double down = weighted_loss(Weighting::uncertainty, s, terms).value;
    s[t] = keep;
    EXPECT_NEAR(loss.s_gradient[t], (up - down) / (2 * h), 1e-8);
  }
}

TEST(Weighting, TheOptimumOfSIsTheLogOfTwiceTheLoss) {
  // dL/ds = 0 where exp(-s) L = 1/2.
  const WeightedLoss loss = weighted_loss(Weighting::uncertainty, {std::log(6.0)}, {{0, 3.0, 1}});
  EXPECT_NEAR(loss.s_gradient[0], 0.0, 1e-15);
}

TEST(Weighting, EqualIsThePlainSumOfMeans) {
  const WeightedLoss loss = weighted_loss(Weighting::equal, {9, 9}, {{0, 8.0, 4}, {1, 9.0, 3}});
  EXPECT_DOUBLE_EQ(loss.value, 5.0);
  EXPECT_EQ(loss.s_gradient, (std::vector<double>{0, 0}));
  EXPECT_EQ(loss_weights(Weighting::equal, {9, 9}), (std::vector<double>{1, 1}));
}

TEST(Weighting, NamesAreChecked) {
  EXPECT_EQ(weighting_named("equal"), Weighting::equal);
  EXPECT_EQ(weighting_named("uncertainty"), Weighting::uncertainty);
  EXPECT_THROW(weighting_named("gradnorm"), InputError);
}

}  // namespace
}  // namespace polyclinic
