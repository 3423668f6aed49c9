#include "tasks/numpy_sum.h"

#include <cmath>

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

// Values printed by numpy 2.4: a = 1 / (1 + numpy.arange(n)); repr(float(a.sum())).
TEST(NumpySum, AddsPairwiseLikeNumpy) {
  const auto harmonic = [](int n) {
    std::vector<double> values;
    for (int i = 0; i < n; ++i) values.push_back(1.0 / (1 + i));
    return numpy_sum(values);
  };
  EXPECT_EQ(harmonic(7), 2.5928571428571425);
  EXPECT_EQ(harmonic(100), 5.187377517639621);
  EXPECT_EQ(harmonic(1000), 7.485470860550345);
  EXPECT_EQ(harmonic(4321), 8.94857351032533);
}

TEST(NumpySum, MeanOfNothingIsNan) { EXPECT_TRUE(std::isnan(numpy_mean({}))); }

}  // namespace
}  // namespace polyclinic
