#include "strategy/weighting.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace polyclinic {
namespace {

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

double at_index(const at::Tensor& values, std::int64_t index) { return values[index].item<double>(); }

TEST(Weighting, UncertaintyByHand) {
  // Task 0: mean 2, s = 0: 2 + 0. Task 1: mean 3, s = log 4: 3 / 4 + log(4) / 2. Task 2 is absent.
  const std::vector<double> s{0.0, std::log(4.0), 5.0};
  EXPECT_NEAR(weighted_loss(Weighting::uncertainty, s, {{0, 8.0, 4}, {1, 9.0, 3}, {2, 0.0, 0}}),
              2 + 0.75 + std::log(2.0), 1e-14);
  const at::Tensor gradient = log_variance_gradient(doubles(s), doubles({2, 3, 0}), doubles({1, 1, 0}));
  EXPECT_NEAR(at_index(gradient, 0), 0.5 - 2.0, 1e-14);
  EXPECT_NEAR(at_index(gradient, 1), 0.5 - 0.75, 1e-14);
  EXPECT_EQ(at_index(gradient, 2), 0.0);
  EXPECT_NEAR(at_index(loss_weights(doubles(s)), 1), 0.25, 1e-15);
}

TEST(Weighting, DerivativeAgreesWithDifferences) {
  const std::vector<LossTerm> terms{{0, 1.3, 2}, {1, 40.0, 7}, {2, 0.01, 5}};
  std::vector<double> s{0.3, -1.2, 2.0};
  const at::Tensor gradient =
      log_variance_gradient(doubles(s), doubles({1.3 / 2, 40.0 / 7, 0.01 / 5}), doubles({1, 1, 1}));
  for (std::size_t t = 0; t < s.size(); ++t) {
    const double h = 1e-6, keep = s[t];
    s[t] = keep + h;
    const double up = weighted_loss(Weighting::uncertainty, s, terms);
    s[t] = keep - h;
    const double down = weighted_loss(Weighting::uncertainty, s, terms);
    s[t] = keep;
    EXPECT_NEAR(at_index(gradient, static_cast<std::int64_t>(t)), (up - down) / (2 * h), 1e-8);
  }
}

TEST(Weighting, TheOptimumOfSIsTheLogOfTwiceTheLoss) {
  // dL/ds = 0 where exp(-s) L = 1/2.
  EXPECT_NEAR(at_index(log_variance_gradient(doubles({std::log(6.0)}), doubles({3}), doubles({1})), 0), 0.0, 1e-15);
}

TEST(Weighting, EqualIsThePlainSumOfMeans) {
  EXPECT_DOUBLE_EQ(weighted_loss(Weighting::equal, {}, {{0, 8.0, 4}, {1, 9.0, 3}}), 5.0);
}

TEST(Weighting, NamesAreChecked) {
  EXPECT_EQ(weighting_named("equal"), Weighting::equal);
  EXPECT_EQ(weighting_named("uncertainty"), Weighting::uncertainty);
  EXPECT_THROW(weighting_named("gradnorm"), InputError);
}

}  // namespace
}  // namespace polyclinic
