#include "strategy/elastic_weights.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

at::Tensor doubles(std::initializer_list<double> values) {
  at::Tensor out = at::tensor(at::ArrayRef<double>(values));
  return out.to(at::kDouble);
}

TEST(ElasticWeights, FisherIsTheMeanSquare) {
  FisherDiagonal fisher;
  EXPECT_THROW(fisher.mean(), FailedError);
  fisher.add(doubles({1, -2}));
  fisher.add(doubles({3, 0}));
  EXPECT_TRUE(fisher.mean().equal(doubles({5, 2})));
}

TEST(ElasticWeights, PenaltyAndGradientByHand) {
  ElasticWeights ewc(4.0);
  const at::Tensor theta = doubles({1, 2});
  EXPECT_EQ(ewc.penalty(theta).item<double>(), 0);
  ewc.consolidate(doubles({1, 0.5}), doubles({0, 1}));
  ewc.consolidate(doubles({2, 0}), doubles({3, 9}));
  // 4 / 2 * (1 * 1 + 0.5 * 1 + 2 * 4) = 19; gradient 4 * (1 * 1 + 2 * -2, 0.5 * 1) = (-12, 2)
  EXPECT_NEAR(ewc.penalty(theta).item<double>(), 19, 1e-12);
  at::Tensor gradient = doubles({10, 10});
  ewc.add_gradient(theta, gradient);
  EXPECT_NEAR(gradient[0].item<double>(), -2, 1e-12);
  EXPECT_NEAR(gradient[1].item<double>(), 12, 1e-12);
  ElasticWeights again(4.0);
  again.restore(ewc.state());
  EXPECT_EQ(again.penalty(theta).item<double>(), ewc.penalty(theta).item<double>());
}

}  // namespace
}  // namespace polyclinic
