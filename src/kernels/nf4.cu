#include "kernels/cuda_common.cuh"
#include "kernels/nf4.h"

namespace polyclinic::kernels {
namespace {

// Both tables travel as a kernel argument: no device state has to be set up before the first launch.
struct CodeTable {
  float values[16];
};
struct MapTable {
  float values[256];
};

constexpr int decode_threads = 256, decode_steps = 4;
constexpr std::int64_t decode_tile = std::int64_t{8} * decode_threads * decode_steps;  // values a block of threads
static_assert(nf4_block * nf4_absmax_block % decode_tile == 0, "one absmax scale serves a tile");

// One step: a warp reads 128 neighbouring bytes and writes 256 neighbouring values, eight a thread. The steps' loads go
// out together. Packed bytes are read once and leave the cache first: the product that follows wants the decoded ones.
template <typename T>
__global__ void __launch_bounds__(decode_threads)
    dequantize_kernel(Nf4View view, CodeTable code, const __grid_constant__ MapTable map, T* __restrict__ out) {
  __shared__ float codes[16];
  const std::int64_t words = view.count / 8;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * (decode_tile / 8) + threadIdx.x;
  const auto* packed = reinterpret_cast<const unsigned*>(view.packed);
  unsigned word[decode_steps], level[decode_steps];
#pragma unroll
  for (int s = 0; s < decode_steps; ++s) {
    const std::int64_t at = first + s * decode_threads;
    word[s] = at < words ? __ldcs(packed + at) : 0;
    level[s] = at < words ? view.absmax_codes[at / 8] : 0;
  }
  const float scale =
      view.absmax_scale[static_cast<std::int64_t>(blockIdx.x) * decode_tile / (nf4_block * nf4_absmax_block)];
  if (threadIdx.x < 16) codes[threadIdx.x] = code.values[threadIdx.x];
  __syncthreads();
#pragma unroll
  for (int s = 0; s < decode_steps; ++s) {
    const std::int64_t at = first + s * decode_threads;
    if (at >= words) return;
    const float absmax = __fadd_rn(__fmul_rn(map.values[level[s]], scale), view.offset);
    float v[8];
#pragma unroll
    for (int b = 0; b < 4; ++b) {
      v[2 * b] = __fmul_rn(codes[word[s] >> (8 * b + 4) & 15U], absmax);
      v[2 * b + 1] = __fmul_rn(codes[word[s] >> (8 * b) & 15U], absmax);
    }
    store_eight(out + at * 8, v);
  }
}

// One warp a block of 64 values: two values a lane, so that a lane writes one packed byte.
template <typename T>
__global__ void quantize_kernel(const T* __restrict__ values, std::int64_t count, CodeTable code,
                                std::uint8_t* __restrict__ packed, float* __restrict__ absmax) {
  const std::int64_t block = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  const std::int64_t first = block * nf4_block + threadIdx.x % 32 * 2;
  if (block * nf4_block >= count) return;
  const float a = first < count ? to_float(values[first]) : 0.0F;
  const float b = first + 1 < count ? to_float(values[first + 1]) : 0.0F;
  float largest = fmaxf(fabsf(a), fabsf(b));
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1)
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, offset));
  const float inverse = __fdiv_rn(1.0F, fmaxf(largest, 1e-38F));
  unsigned high = 0, low = 0;
  const float x = fminf(fmaxf(__fmul_rn(a, inverse), -1.0F), 1.0F),
              y = fminf(fmaxf(__fmul_rn(b, inverse), -1.0F), 1.0F);
#pragma unroll
  for (int i = 0; i < 15; ++i) {
    const float midpoint = __fmul_rn(__fadd_rn(code.values[i], code.values[i + 1]), 0.5F);
    high += x > midpoint;
    low += y > midpoint;
  }
  if (first < count) packed[first / 2] = static_cast<std::uint8_t>(high << 4 | low);
  if (threadIdx.x % 32 == 0) absmax[block] = largest;
}

CodeTable code_table() {
  CodeTable table;
  for (std::size_t i = 0; i < 16; ++i) table.values[i] = nf4_code()[i];
  return table;
}

const MapTable& map_table() {
  static const MapTable table = [] {
    MapTable t;
    for (std::size_t i = 0; i < 256; ++i) t.values[i] = dynamic_map()[i];
    return t;
  }();
  return table;
}

}  // namespace

void nf4_dequantize_cuda(const Nf4View& view, ElementType type, void* out, void* stream) {
  if (view.count == 0) return;
  const auto blocks = static_cast<unsigned>((view.count + decode_tile - 1) / decode_tile);
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    dequantize_kernel<T><<<blocks, decode_threads, 0, static_cast<cudaStream_t>(stream)>>>(
        view, code_table(), map_table(), static_cast<T*>(out));
  });
  check_launch("nf4_dequantize");
}

void nf4_quantize_cuda(ElementType type, const void* values, std::int64_t count, std::uint8_t* packed, float* absmax,
                       void* stream) {
  if (count == 0) return;
  const std::int64_t warps = (count + nf4_block - 1) / nf4_block;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    quantize_kernel<T><<<static_cast<unsigned>((warps + 7) / 8), 256, 0, static_cast<cudaStream_t>(stream)>>>(
        static_cast<const T*>(values), count, code_table(), packed, absmax);
  });
  check_launch("nf4_quantize");
}

}  // namespace polyclinic::kernels
