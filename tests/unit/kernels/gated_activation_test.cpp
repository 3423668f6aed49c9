#include "kernels/gated_activation.h"

#include <cmath>
#include <numbers>

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

double activation(GateFunction function, double x) {
  if (function == GateFunction::silu) return x / (1 + std::exp(-x));
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

class Gated : public testing::TestWithParam<Target> {};

TEST_P(Gated, ForwardAndBackwardAreTheDefinitionAndItsDerivative) {
  for (GateFunction function : {GateFunction::silu, GateFunction::gelu_tanh}) {
    const GatedShape shape{3, 40, function};
    const auto gate_up = random_values(240, 1, 2.0), dy = random_values(120, 2);
    std::vector<double> y(120), dgate_up(240);
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t i = 0; i < 40; ++i) {
        const double g = gate_up[row * 80 + i], u = gate_up[row * 80 + 40 + i], d = dy[row * 40 + i], step = 1e-6;
        y[row * 40 + i] = activation(function, g) * u;
        dgate_up[row * 80 + i] = d * u * (activation(function, g + step) - activation(function, g - step)) / (2 * step);
        dgate_up[row * 80 + 40 + i] = d * activation(function, g);
      }
    Buffer in(GetParam(), gate_up), out(GetParam(), 120), gradient(GetParam(), dy);
    Buffer again(GetParam(), 120), result(GetParam(), 240);
    if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
      gated_forward_cuda(shape, GetParam().type, in.data(), out.data(), nullptr);
      gated_backward_cuda(shape, GetParam().type, gradient.data(), in.data(), result.data(), again.data(), nullptr);
      gated_backward_cuda(shape, GetParam().type, gradient.data(), in.data(), in.data(), nullptr, nullptr);
      EXPECT_EQ(in.values(), result.values());  // in place too
#endif
    } else {
      gated_forward_cpu(shape, in.as<float>(), out.as<float>(), 0, 3);
      gated_backward_cpu(shape, gradient.as<float>(), in.as<float>(), result.as<float>(), again.as<float>(), 0, 2);
      gated_backward_cpu(shape, gradient.as<float>(), in.as<float>(), result.as<float>(), again.as<float>(), 2, 3);
    }
    expect_near(out.values(), y, GetParam().tolerance());
    expect_near(again.values(), y, GetParam().tolerance());
    expect_near(result.values(), dgate_up, GetParam().tolerance());
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Gated, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
