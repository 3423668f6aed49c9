#include "kernels/dropout.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace polyclinic::kernels {
namespace {

constexpr std::size_t lanes = 16;  // Philox blocks side by side, so that the compiler vectorises
constexpr std::int64_t features_per_block = 8;

// 16 blocks with counters (first + lane, a, b, c) -> 128 numbers of 16 bits, 8 a block.
void philox_lanes(std::uint32_t first, const std::array<std::uint32_t, 3>& tail, std::array<std::uint32_t, 2> key,
                  std::uint16_t* out) {
  std::array<std::uint32_t, lanes> c0, c1, c2, c3;
  for (std::size_t i = 0; i < lanes; ++i) {
    c0[i] = first + static_cast<std::uint32_t>(i);
    c1[i] = tail[0];
    c2[i] = tail[1];
    c3[i] = tail[2];
  }
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::uint64_t a = std::uint64_t{0xD2511F53U} * c0[i];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * c2[i];
      c0[i] = static_cast<std::uint32_t>(b >> 32) ^ c1[i] ^ key[0];
      c1[i] = static_cast<std::uint32_t>(b);
      c2[i] = static_cast<std::uint32_t>(a >> 32) ^ c3[i] ^ key[1];
      c3[i] = static_cast<std::uint32_t>(a);
    }
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    const std::array<std::uint32_t, 4> words{c0[i], c1[i], c2[i], c3[i]};
    for (std::size_t w = 0; w < 4; ++w) {
      out[8 * i + 2 * w] = static_cast<std::uint16_t>(words[w]);
      out[8 * i + 2 * w + 1] = static_cast<std::uint16_t>(words[w] >> 16);
    }
  }
}

}  // namespace

void dropout_mask_cpu(const DropoutShape& shape, const std::uint32_t* row_keys, const std::uint32_t* key, float* mask) {
  std::array<std::uint16_t, lanes * features_per_block> bits;
  constexpr std::int64_t chunk = lanes * features_per_block;
  for (std::int64_t row = 0; row < shape.rows; ++row, row_keys += 3) {
    const std::array<std::uint32_t, 3> tail{row_keys[0], row_keys[1], shape.bank << 8 | (row_keys[2] & 0xFFU)};
    for (std::int64_t begin = 0; begin < shape.features; begin += chunk) {
      philox_lanes(static_cast<std::uint32_t>(begin / features_per_block), tail, {key[0], key[1]}, bits.data());
      const auto count = static_cast<std::size_t>(std::min(chunk, shape.features - begin));
      for (std::size_t i = 0; i < count; ++i) mask[i] = bits[i] < shape.threshold ? 0.0F : shape.factor;
      mask += count;
    }
  }
}

}  // namespace polyclinic::kernels
