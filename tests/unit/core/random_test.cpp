#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace polyclinic {

// Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors).
TEST(Random, PhiloxMatchesThePublishedVectors) {
  using Four = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t f = 0xffffffff;
  EXPECT_EQ(philox4x32({f, f, f, f}, {f, f}), (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, AStreamResumesFromItsPosition) {
  RandomStream whole(7, 3);
  for (int i = 0; i < 5; ++i) whole.next();
  RandomStream resumed(7, 3, whole.position());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(whole.next(), resumed.next());
}

TEST(Random, NormalAndBelowHaveTheirMoments) {
  RandomStream stream(1, 2);
  double sum = 0, squares = 0;
  std::array<int, 6> counts{};
  const int n = 60000;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
    ++counts[stream.below(6)];
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 0.03);
  for (int count : counts) EXPECT_NEAR(count, n / 6, 500);  // 5 deviations of a binomial
}

TEST(Random, MixSeparatesOrder) { EXPECT_NE(mix({1, 2}), mix({2, 1})); }

}  // namespace polyclinic
