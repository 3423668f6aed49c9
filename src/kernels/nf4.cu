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

// One thread decodes 32 values (16 packed bytes), half a block; tables lie in shared memory.
template <typename T>
__global__ void dequantize_kernel(Nf4View view, CodeTable code, const __grid_constant__ MapTable map,
                                  T* __restrict__ out) {
  __shared__ float codes[16];
  __shared__ float maps[256];
  if (threadIdx.x < 16) codes[threadIdx.x] = code.values[threadIdx.x];
  if (threadIdx.x < 256) maps[threadIdx.x] = map.values[threadIdx.x];
  __syncthreads();
  const std::int64_t half_block = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (half_block * 32 >= view.count) return;
  const std::int64_t block = half_block / 2;
  const float absmax =
      __fadd_rn(__fmul_rn(maps[view.absmax_codes[block]], view.absmax_scale[block / nf4_absmax_block]), view.offset);
  const uint4 bytes = reinterpret_cast<const uint4*>(view.packed)[half_block];
  const unsigned words[4] = {bytes.x, bytes.y, bytes.z, bytes.w};
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    float v[8];
#pragma unroll
    for (int b = 0; b < 4; ++b) {
      const unsigned byte = words[w] >> (8 * b) & 255U;
      v[2 * b] = codes[byte >> 4] * absmax;
      v[2 * b + 1] = codes[byte & 15U] * absmax;
    }
    store_eight(out + half_block * 32 + w * 8, v);
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
  const auto blocks = static_cast<unsigned>((view.count / 32 + 255) / 256);
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    dequantize_kernel<T>
        <<<blocks, 256, 0, static_cast<cudaStream_t>(stream)>>>(view, code_table(), map_table(), static_cast<T*>(out));
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
