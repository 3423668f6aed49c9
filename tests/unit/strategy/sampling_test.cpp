#include "strategy/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"

namespace polyclinic {
namespace {

TEST(Sampling, SharesByHand) {
  const std::vector<std::int64_t> sizes{900, 100};
  EXPECT_EQ(sampling_shares("uniform", 2, sizes), (std::vector<double>{0.5, 0.5}));
  EXPECT_DOUBLE_EQ(sampling_shares("proportional", 2, sizes)[0], 0.9);
  EXPECT_DOUBLE_EQ(sampling_shares("temperature", 2, sizes)[0], 0.75);  // 30 : 10
  EXPECT_DOUBLE_EQ(sampling_shares("temperature", 1, sizes)[0], 0.9);
  EXPECT_NEAR(sampling_shares("temperature", 1e9, sizes)[0], 0.5, 1e-8);
  EXPECT_THROW(sampling_shares("temperature", 0.5, sizes), InputError);
  EXPECT_THROW(sampling_shares("random", 1, sizes), InputError);
  EXPECT_THROW(sampling_shares("uniform", 1, {3, 0}), InputError);
}

TEST(Sampling, EveryPrefixHoldsItsShares) {
  RandomStream stream(11, 0);
  for (std::uint64_t trial = 0; trial < 50; ++trial) {
    std::vector<std::int64_t> sizes(1 + stream.below(8));
    for (auto& size : sizes) size = 1 + static_cast<std::int64_t>(stream.below(5000));
    const std::vector<double> shares = sampling_shares("temperature", 1 + 4 * stream.uniform(), sizes);
    TaskSampler sampler(shares, sizes, trial);
    std::vector<double> drawn(sizes.size(), 0.0);
    for (int n = 1; n <= 2000; ++n) {
      drawn[sampler.next().task] += 1;
      for (std::size_t t = 0; t < sizes.size(); ++t) ASSERT_LT(std::abs(drawn[t] - shares[t] * n), 2.0);
    }
  }
}

TEST(Sampling, AnExhaustedTaskIsRefilledWithItsOwnShuffle) {
  TaskSampler sampler({0.5, 0.5}, {5, 100}, 3);
  std::vector<std::vector<std::size_t>> epochs;
  for (int n = 0; n < 40; ++n) {
    const Draw draw = sampler.next();
    if (draw.task != 0) continue;
    if (static_cast<std::size_t>(draw.epoch) == epochs.size()) epochs.emplace_back();
    epochs.back().push_back(draw.example);
  }
  ASSERT_GE(epochs.size(), 3U);
  for (std::size_t e = 0; e < 3; ++e) EXPECT_EQ(std::set<std::size_t>(epochs[e].begin(), epochs[e].end()).size(), 5U);
  EXPECT_TRUE(epochs[0] != epochs[1] || epochs[1] != epochs[2]);
}

TEST(Sampling, ARestoredSamplerGoesOnTheSame) {
  const std::vector<double> shares{0.2, 0.7, 0.1};
  const std::vector<std::int64_t> sizes{7, 20, 3};
  TaskSampler whole(shares, sizes, 9), again(shares, sizes, 9);
  for (int n = 0; n < 33; ++n) whole.next();
  again.restore(whole.state());
  for (int n = 0; n < 100; ++n) {
    const Draw a = whole.next(), b = again.next();
    ASSERT_EQ(a.task, b.task);
    ASSERT_EQ(a.example, b.example);
    ASSERT_EQ(a.epoch, b.epoch);
  }
  EXPECT_THROW(again.restore({1, {1, 0}}), InputError);
}

TEST(Sampling, SeedsDiffer) {
  TaskSampler a({1.0}, {50}, 1), b({1.0}, {50}, 2);
  int same = 0;
  for (int n = 0; n < 50; ++n) same += a.next().example == b.next().example;
  EXPECT_LT(same, 20);
}

}  // namespace
}  // namespace polyclinic
