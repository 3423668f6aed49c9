#include "model/nf4_weight.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "support/test_device.h"

namespace polyclinic {
namespace {

// tests/parity/kernels/nf4.bin, made by bitsandbytes: int32 count, the values, ... and the dequantised values before
// the last 256 floats (make_nf4_reference.py).
struct Reference {
  at::Tensor values, dequantized;
};

Reference read_reference() {
  const std::string bytes = read_file(std::string(POLYCLINIC_SOURCE_DIR) + "/tests/parity/kernels/nf4.bin");
  std::int32_t count = 0;
  std::memcpy(&count, bytes.data(), 4);
  const auto floats = [&](std::size_t offset) {
    at::Tensor out = at::empty({count / 128, 128}, at::kFloat);
    std::memcpy(out.mutable_data_ptr(), bytes.data() + offset, static_cast<std::size_t>(count) * 4);
    return out;
  };
  return {floats(4), floats(bytes.size() - 256 * 4 - static_cast<std::size_t>(count) * 4)};
}

TEST(Nf4Weight, DecodesToTheBitsOfBitsandbytes) {
  const Reference reference = read_reference();
  const auto weight = make_nf4_weight(reference.values.to(test_device()), std::make_shared<DecodeBuffer>());
  EXPECT_TRUE(at::equal(weight->dense(at::kFloat).cpu(), reference.dequantized));
  EXPECT_TRUE(at::equal(weight->dense(at::kHalf).cpu(), reference.dequantized.to(at::kHalf)));
  // 4 bits a value, 8 bits a block of 64, 32 bits a block of 64 * 256, and the offset.
  EXPECT_EQ(weight->bytes(), 16640 / 2 + 260 + 2 * 4 + 4);
}

TEST(Nf4Weight, ProductsAreThoseOfTheDecodedWeight) {
  const Reference reference = read_reference();
  const auto buffer = std::make_shared<DecodeBuffer>();
  const auto weight = make_nf4_weight(reference.values.to(test_device()), buffer);
  const auto other = make_nf4_weight(at::randn({64, 16}).to(test_device()), buffer);
  const at::Tensor x = at::randn({5, 128}), dy = at::randn({5, 130});
  const at::Tensor y = weight->forward(x.to(test_device())).cpu();
  other->forward(at::randn({3, 16}).to(test_device()));  // shares the buffer: results made before must not change
  EXPECT_TRUE(at::allclose(y, at::mm(x, reference.dequantized.t()), 1e-5, 1e-5));  // the order of sums
  EXPECT_TRUE(
      at::allclose(weight->backward(dy.to(test_device())).cpu(), at::mm(dy, reference.dequantized), 1e-4, 1e-5));
}

TEST(Nf4Weight, RefusesASizeThatIsNoMultipleOfABlock) {
  EXPECT_THROW(make_nf4_weight(at::randn({3, 5}), std::make_shared<DecodeBuffer>()), InputError);
}

}  // namespace
}  // namespace polyclinic
