#include "kernels/dropout.h"

#include <cmath>

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

class Dropout : public testing::TestWithParam<Target> {};

// Word by word from core/random.h, on every device and in every type.
TEST_P(Dropout, BitsAreThoseOfPhilox) {
  const Target target = GetParam();
  const DropoutShape shape{.rows = 5, .features = 264, .threshold = 20000, .factor = 1.5F, .bank = 7};
  std::vector<std::int32_t> row_keys;
  for (int row = 0; row < 5; ++row) row_keys.insert(row_keys.end(), {3 * row + 1, row / 2, row % 2});
  const std::vector<std::int32_t> key{12345, -678};
  Buffer keys(target, row_keys), step(target, key);
  std::vector<double> found;
  if (target.cuda) {
#ifdef POLYCLINIC_CUDA
    Buffer x(target, std::vector<double>(5 * 264, 1.0)), y(target, 5 * 264);
    dropout_cuda(shape, target.type, keys.as<std::uint32_t>(), step.as<std::uint32_t>(), x.data(), y.data(), nullptr);
    found = y.values();
#endif
  } else {
    Buffer mask(target, 5 * 264);
    dropout_mask_cpu(shape, keys.as<std::uint32_t>(), step.as<std::uint32_t>(), mask.as<float>());
    found = mask.values();
  }
  ASSERT_EQ(found.size(), 5U * 264U);
  for (std::uint32_t row = 0; row < 5; ++row) {
    for (std::uint32_t feature = 0; feature < 264; ++feature) {
      const auto words = philox4x32({feature / 8, 3 * row + 1, row / 2, 7U << 8 | row % 2},
                                    {static_cast<std::uint32_t>(key[0]), static_cast<std::uint32_t>(key[1])});
      const std::uint32_t bits = words[feature % 8 / 2] >> (feature % 2 * 16) & 0xFFFFU;
      ASSERT_EQ(found[row * 264 + feature], bits < 20000 ? 0.0 : 1.5) << row << " " << feature;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Dropout, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
