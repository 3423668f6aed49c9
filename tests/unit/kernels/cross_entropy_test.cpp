#include "kernels/cross_entropy.h"

#include <cmath>

#include "unit/kernels/on_device.h"

#ifdef POLYCLINIC_CUDA
namespace polyclinic::kernels {
namespace {

double capped(double x, double cap) { return cap > 0 ? cap * std::tanh(x / cap) : x; }

// z_i - z_target of the row that begins at `first`.
double difference(const std::vector<double>& logits, std::size_t first, std::size_t i, std::size_t target, double cap) {
  return capped(logits[first + i], cap) - capped(logits[first + target], cap);
}

double loss_of(const std::vector<double>& logits, std::size_t first, std::size_t columns, std::size_t target,
               double cap) {
  double sum = 0;
  for (std::size_t i = 0; i < columns; ++i) sum += std::exp(difference(logits, first, i, target, cap));
  return std::log(sum);
}

class CrossEntropy : public testing::TestWithParam<Target> {};

TEST_P(CrossEntropy, IsTheDefinitionAndItsDerivative) {
  if (!GetParam().cuda) GTEST_SKIP() << "the CPU's form is model/language_model.cpp";
  for (const double cap : {0.0, 3.0}) {
    for (const std::size_t columns : {std::size_t{8}, std::size_t{333}, std::size_t{20000}}) {
      const std::vector<std::size_t> wanted = {0, columns - 1, columns / 2};
      Buffer logits(GetParam(), random_values(3 * columns, columns, 4.0));
      const std::vector<double> rounded = logits.values();
      std::vector<std::int32_t> halves;  // int64 as two halves
      for (const std::size_t target : wanted) halves.insert(halves.end(), {static_cast<std::int32_t>(target), 0});
      Buffer targets(GetParam(), halves), loss(GetParam(), 3, true);
      CrossEntropyShape shape{3, static_cast<std::int64_t>(columns), static_cast<float>(cap), false};
      std::vector<double> losses, gradient(3 * columns);
      for (std::size_t row = 0; row < 3; ++row) {
        losses.push_back(loss_of(rounded, row * columns, columns, wanted[row], cap));
        for (std::size_t i = 0; i < columns; ++i) {
          // p_i = exp(z_i - z_target) p_target, and the loss is -log p_target.
          const double x = rounded[row * columns + i], slope = cap > 0 ? 1 - std::pow(std::tanh(x / cap), 2) : 1;
          const double p = std::exp(-losses.back() + difference(rounded, row * columns, i, wanted[row], cap));
          gradient[row * columns + i] = (p - (i == wanted[row] ? 1.0 : 0.0)) * slope;
        }
      }
      cross_entropy_cuda(shape, GetParam().type, logits.data(), targets.as<std::int64_t>(), loss.as<float>(), nullptr);
      expect_near(loss.values(), losses, 1e-5);
      EXPECT_EQ(logits.values(), rounded);
      shape.gradient = true;
      cross_entropy_cuda(shape, GetParam().type, logits.data(), targets.as<std::int64_t>(), loss.as<float>(), nullptr);
      expect_near(loss.values(), losses, 1e-5);
      expect_near(logits.values(), gradient, GetParam().tolerance());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, CrossEntropy, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
#endif
