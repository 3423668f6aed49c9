#pragma once
// NF4 with double quantisation (Dettmers et al., QLoRA, 2023), bit-compatible with bitsandbytes: blocks of 64 values
// share one absmax; the absmax values less their mean are quantised to 8 bits in blocks of 256 with the signed dynamic
// map.
#include <array>
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

inline constexpr std::int64_t nf4_block = 64;
inline constexpr std::int64_t nf4_absmax_block = 256;

const std::array<float, 16>& nf4_code();      // ascending
const std::array<float, 256>& dynamic_map();  // ascending; signed, 7 exponent bits, 8 bits in all

// values [count] fp32 -> packed [count / 2] bytes, first value in the high half; absmax [ceil(count / 64)].
// count must be even.
void nf4_quantize_cpu(const float* values, std::int64_t count, std::uint8_t* packed, float* absmax);

// absmax [blocks] less offset -> codes [blocks], scale [ceil(blocks / 256)]. The offset is mean(absmax) and comes from
// the caller, since its last bit depends on the order of the sum.
void nf4_quantize_absmax_cpu(const float* absmax, std::int64_t blocks, float offset, std::uint8_t* codes, float* scale);

// The stored form of one weight. Pointers are of the device that the function works on.
struct Nf4View {
  const std::uint8_t* packed = nullptr;        // [count / 2]
  const std::uint8_t* absmax_codes = nullptr;  // [count / 64]
  const float* absmax_scale = nullptr;         // [ceil(blocks / 256)]
  float offset = 0;
  std::int64_t count = 0;  // a multiple of 64
};

// -> out fp32 [count]; values [begin, end), multiples of 64.
void nf4_dequantize_cpu(const Nf4View& view, float* out, std::int64_t begin, std::int64_t end);
// -> out [count] in `type`, on the current CUDA device.
void nf4_dequantize_cuda(const Nf4View& view, ElementType type, void* out, void* stream);
// Quantises on the current CUDA device from `type`; the same bits as the CPU function on the same values.
void nf4_quantize_cuda(ElementType type, const void* values, std::int64_t count, std::uint8_t* packed, float* absmax,
                       void* stream);

}  // namespace polyclinic::kernels
