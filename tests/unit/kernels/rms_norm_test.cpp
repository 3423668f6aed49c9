#include "kernels/rms_norm.h"

#include <cmath>

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

// The definition, in fp64: y = weight * h / sqrt(mean(h^2) + epsilon).
std::vector<double> norm(const RmsNormShape& shape, const std::vector<double>& h, const std::vector<double>& weight) {
  std::vector<double> y(h.size());
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const auto base = static_cast<std::size_t>(row * shape.columns);
    double squares = 0;
    for (std::size_t i = 0; i < weight.size(); ++i) squares += h[base + i] * h[base + i];
    const double r = 1 / std::sqrt(squares / static_cast<double>(shape.columns) + static_cast<double>(shape.epsilon));
    for (std::size_t i = 0; i < weight.size(); ++i) y[base + i] = weight[i] * h[base + i] * r;
  }
  return y;
}

class RmsNorm : public testing::TestWithParam<Target> {
 protected:
  RmsNormShape shape{3, 264, 1e-5F, NormRounding::before_weight};
  std::size_t size = 3 * 264;
};

TEST_P(RmsNorm, ForwardAddsTheResidualAndNormalises) {
  const auto x = random_values(size, 1), residual = random_values(size, 2), weight = random_values(264, 3);
  Buffer bx(GetParam(), x), br(GetParam(), residual), bw(GetParam(), weight, true);
  Buffer h(GetParam(), size), y(GetParam(), size), r(GetParam(), 3, true);
  std::vector<double> sum(size);
  for (std::size_t i = 0; i < size; ++i) sum[i] = x[i] + residual[i];
  if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
    rms_norm_forward_cuda(shape, {GetParam().type, GetParam().type}, bx.data(), br.data(), bw.as<float>(), h.data(),
                          y.data(), r.as<float>(), nullptr);
#endif
  } else {
    rms_norm_forward_cpu(shape, bx.as<float>(), br.as<float>(), bw.as<float>(), h.as<float>(), y.as<float>(),
                         r.as<float>(), 0, 1);
    rms_norm_forward_cpu(shape, bx.as<float>(), br.as<float>(), bw.as<float>(), h.as<float>(), y.as<float>(),
                         r.as<float>(), 1, 3);
  }
  expect_near(h.values(), sum, GetParam().tolerance());
  expect_near(y.values(), norm(shape, sum, weight), GetParam().tolerance());
}

TEST_P(RmsNorm, BackwardIsTheDerivative) {
  const auto h = random_values(size, 4), dy = random_values(size, 5), dresidual = random_values(size, 6),
             weight = random_values(264, 7);
  std::vector<double> inverse_rms(3), expected(size);
  for (std::size_t row = 0; row < 3; ++row) {
    double squares = 0;
    for (std::size_t i = 0; i < 264; ++i) squares += h[row * 264 + i] * h[row * 264 + i];
    inverse_rms[row] = 1 / std::sqrt(squares / 264 + 1e-5);
  }
  for (std::size_t i = 0; i < size; i += 7) {  // central differences of sum(dy * norm(h))
    auto moved = h;
    const double step = 1e-5;
    double difference = 0;
    for (double sign : {1.0, -1.0}) {
      moved[i] = h[i] + sign * step;
      const auto y = norm(shape, moved, weight);
      for (std::size_t k = i / 264 * 264; k < i / 264 * 264 + 264; ++k) difference += sign * dy[k] * y[k];
    }
    expected[i] = difference / (2 * step) + dresidual[i];
  }
  Buffer bdy(GetParam(), dy), bdr(GetParam(), dresidual), bh(GetParam(), h), bw(GetParam(), weight, true);
  Buffer br(GetParam(), inverse_rms, true), dh(GetParam(), size);
  if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
    rms_norm_backward_cuda(shape, {GetParam().type, GetParam().type}, bdy.data(), bdr.data(), bh.data(), bw.as<float>(),
                           br.as<float>(), dh.data(), nullptr);
#endif
  } else {
    rms_norm_backward_cpu(shape, bdy.as<float>(), bdr.as<float>(), bh.as<float>(), bw.as<float>(), br.as<float>(),
                          dh.as<float>(), 0, 3);
  }
  auto actual = dh.values();
  for (std::size_t i = 0; i < size; ++i)
    if (i % 7 != 0) actual[i] = 0;
  expect_near(actual, expected, GetParam().tolerance());
}

INSTANTIATE_TEST_SUITE_P(Devices, RmsNorm, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
