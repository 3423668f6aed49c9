#include "train/late_numbers.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "support/test_device.h"

namespace polyclinic {
namespace {

TEST(LateNumbers, AreThoseOfTheMomentTheyWereQueued) {
  const at::Tensor square = at::tensor({1.5, -2.0, 3.0, 1e-300}, at::kDouble).view({2, 2}).to(test_device());
  const at::Tensor one = at::tensor(7.0, at::kDouble).to(test_device());
  const LateNumbers numbers({square, one.reshape({})});
  square.zero_();
  EXPECT_EQ(numbers.read(), (std::vector<double>{1.5, -2.0, 3.0, 1e-300, 7.0}));
}

}  // namespace
}  // namespace polyclinic
