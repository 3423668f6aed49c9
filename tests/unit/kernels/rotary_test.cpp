#include "kernels/rotary.h"

#include <cmath>

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

class Rotary : public testing::TestWithParam<Target> {
 protected:
  void rotate(Buffer& qkv, bool inverse) {
    shape.inverse = inverse;
    if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
      rotary_cuda(shape, GetParam().type, qkv.data(), cosine->as<float>(), sine->as<float>(), nullptr);
#endif
    } else {
      rotary_cpu(shape, qkv.as<float>(), cosine->as<float>(), sine->as<float>(), 0, 2);
      rotary_cpu(shape, qkv.as<float>(), cosine->as<float>(), sine->as<float>(), 2, 5);
    }
  }
  void SetUp() override {
    std::vector<double> c, s;
    for (int token = 0; token < 5; ++token)
      for (int i = 0; i < 16; ++i) {
        angles.push_back(token * std::pow(10000.0, -i / 16.0));
        c.push_back(std::cos(angles.back()));
        s.push_back(std::sin(angles.back()));
      }
    cosine = std::make_unique<Buffer>(GetParam(), c, true);
    sine = std::make_unique<Buffer>(GetParam(), s, true);
  }
  // 5 tokens; 2 query heads, 1 key head, 1 value head of 32.
  RotaryShape shape{5, 128, 3, 32, false};
  std::vector<double> angles;
  std::unique_ptr<Buffer> cosine, sine;
};

// Multiplying the pair as a complex number by exp(i angle) is the definition (Su et al., RoFormer).
TEST_P(Rotary, RotatesPairsOfQueryAndKeyOnly) {
  const auto x = random_values(5 * 128, 1);
  Buffer qkv(GetParam(), x);
  rotate(qkv, false);
  auto expected = x;
  for (std::size_t token = 0; token < 5; ++token)
    for (std::size_t head = 0; head < 3; ++head)
      for (std::size_t i = 0; i < 16; ++i) {
        const std::size_t low = token * 128 + head * 32 + i;
        const double angle = angles[token * 16 + i];
        expected[low] = x[low] * std::cos(angle) - x[low + 16] * std::sin(angle);
        expected[low + 16] = x[low] * std::sin(angle) + x[low + 16] * std::cos(angle);
      }
  expect_near(qkv.values(), expected, GetParam().tolerance());
}

TEST_P(Rotary, InverseUndoesIt) {
  const auto x = random_values(5 * 128, 2);
  Buffer qkv(GetParam(), x);
  rotate(qkv, false);
  rotate(qkv, true);
  expect_near(qkv.values(), x, 2 * GetParam().tolerance());
}

INSTANTIATE_TEST_SUITE_P(Devices, Rotary, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
