#include "kernels/capped_softmax.h"

#include <cmath>

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

bool sees(const CappedSoftmaxShape& shape, std::int64_t query, std::int64_t key, std::int64_t length) {
  if (query >= length || key >= length) return false;
  if (shape.causal && key > query) return false;
  return shape.window == 0 || std::abs(query - key) < shape.window;
}

// The definition in fp64, one row at a time.
std::vector<double> softmax(const CappedSoftmaxShape& shape, const std::vector<double>& scores,
                            const std::vector<std::int32_t>& lengths) {
  std::vector<double> p(scores.size());
  const std::int64_t n = shape.longest;
  for (std::int64_t row = 0; row < shape.sequences * shape.heads * n; ++row) {
    double sum = 0;
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t key = 0; key < n; ++key) {
        if (!sees(shape, row % n, key, lengths[static_cast<std::size_t>(row / n / shape.heads)])) continue;
        const auto i = static_cast<std::size_t>(row * n + key);
        double z = scores[i] * static_cast<double>(shape.scale);
        if (shape.cap > 0) z = static_cast<double>(shape.cap) * std::tanh(z / static_cast<double>(shape.cap));
        if (pass == 0)
          sum += std::exp(z);
        else
          p[i] = std::exp(z) / sum;
      }
  }
  return p;
}

class CappedSoftmax : public testing::TestWithParam<Target> {
 protected:
  std::vector<CappedSoftmaxShape> shapes = {
      {2, 3, 13, 0.5F, 2.0F, 0, true}, {2, 3, 13, 0.5F, 0.0F, 4, true}, {2, 3, 13, 0.25F, 1.5F, 5, false}};
  std::vector<std::int32_t> lengths = {13, 6};
  std::size_t size = 2 * 3 * 13 * 13;
};

TEST_P(CappedSoftmax, ForwardIsTheDefinition) {
  for (const auto& shape : shapes) {
    const auto scores = random_values(size, 1, 4.0);
    Buffer in(GetParam(), scores), out(GetParam(), size), n(GetParam(), lengths);
    if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
      capped_softmax_forward_cuda(shape, GetParam().type, in.data(), n.as<std::int32_t>(), out.data(), nullptr);
#endif
    } else {
      capped_softmax_forward_cpu(shape, in.as<float>(), n.as<std::int32_t>(), out.as<float>());
    }
    expect_near(out.values(), softmax(shape, scores, lengths), GetParam().tolerance());
  }
}

TEST_P(CappedSoftmax, BackwardIsTheDerivative) {
  for (const auto& shape : shapes) {
    const auto scores = random_values(size, 2, 3.0), dp = random_values(size, 3);
    std::vector<double> ds(size);
    for (std::size_t i = 0; i < size; i += 5) {
      auto moved = scores;
      double difference = 0;
      for (double sign : {1.0, -1.0}) {
        moved[i] = scores[i] + sign * 1e-5;
        const auto p = softmax(shape, moved, lengths);
        for (std::size_t k = i / 13 * 13; k < i / 13 * 13 + 13; ++k) difference += sign * dp[k] * p[k];
      }
      ds[i] = difference / 2e-5;
    }
    Buffer in(GetParam(), scores), gradient(GetParam(), dp), n(GetParam(), lengths);
    if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
      capped_softmax_backward_cuda(shape, GetParam().type, gradient.data(), in.data(), n.as<std::int32_t>(), in.data(),
                                   gradient.data(), nullptr);
#endif
    } else {
      capped_softmax_backward_cpu(shape, gradient.as<float>(), in.as<float>(), n.as<std::int32_t>(), in.as<float>(),
                                  gradient.as<float>());
    }
    expect_near(in.values(), softmax(shape, scores, lengths), GetParam().tolerance());
    auto actual = gradient.values();
    for (std::size_t i = 0; i < size; ++i)
      if (i % 5 != 0) actual[i] = 0;
    expect_near(actual, ds, 2 * GetParam().tolerance());
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, CappedSoftmax, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
