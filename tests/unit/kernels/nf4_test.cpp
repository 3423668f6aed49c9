#include "kernels/nf4.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "core/files.h"

namespace polyclinic::kernels {
namespace {

// tests/parity/kernels/nf4.bin, made by bitsandbytes (make_nf4_reference.py gives the layout).
class Nf4 : public testing::Test {
 protected:
  void SetUp() override {
    bytes_ = read_file(std::string(POLYCLINIC_SOURCE_DIR) + "/tests/parity/kernels/nf4.bin");
    count = take<std::int32_t>(1)[0];
    const std::size_t n = static_cast<std::size_t>(count), blocks = n / 64;
    values = take<float>(n);
    packed = take<std::uint8_t>(n / 2);
    absmax = take<float>(blocks);
    offset = take<float>(1)[0];
    absmax_codes = take<std::uint8_t>(blocks);
    absmax_scale = take<float>((blocks + 255) / 256);
    dequantized = take<float>(n);
    map = take<float>(256);
    ASSERT_EQ(cursor_, bytes_.size());
  }

  std::int64_t count = 0;
  std::vector<float> values, absmax, absmax_scale, dequantized, map;
  std::vector<std::uint8_t> packed, absmax_codes;
  float offset = 0;

 private:
  template <typename T>
  std::vector<T> take(std::size_t n) {
    std::vector<T> out(n);
    std::memcpy(out.data(), bytes_.data() + cursor_, n * sizeof(T));
    cursor_ += n * sizeof(T);
    return out;
  }
  std::string bytes_;
  std::size_t cursor_ = 0;
};

TEST_F(Nf4, DynamicMapIsTheOneOfBitsandbytes) {
  EXPECT_EQ(std::vector<float>(dynamic_map().begin(), dynamic_map().end()), map);
}

TEST_F(Nf4, CodesAndAbsmaxAreBitEqual) {
  std::vector<std::uint8_t> codes(packed.size());
  std::vector<float> largest(absmax.size());
  nf4_quantize_cpu(values.data(), count, codes.data(), largest.data());
  EXPECT_EQ(codes, packed);
  EXPECT_EQ(largest, absmax);
}

TEST_F(Nf4, DoubleQuantisationIsBitEqual) {
  std::vector<std::uint8_t> codes(absmax_codes.size());
  std::vector<float> scale(absmax_scale.size());
  nf4_quantize_absmax_cpu(absmax.data(), static_cast<std::int64_t>(absmax.size()), offset, codes.data(), scale.data());
  EXPECT_EQ(codes, absmax_codes);
  EXPECT_EQ(scale, absmax_scale);
}

TEST_F(Nf4, DequantisesBitEqual) {
  const Nf4View view{packed.data(), absmax_codes.data(), absmax_scale.data(), offset, count};
  std::vector<float> out(values.size());
  nf4_dequantize_cpu(view, out.data(), 0, 640);
  nf4_dequantize_cpu(view, out.data(), 640, count);
  EXPECT_EQ(out, dequantized);
}

}  // namespace
}  // namespace polyclinic::kernels
