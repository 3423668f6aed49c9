#include "kernels/cuda_common.cuh"
#include "kernels/dropout.h"

namespace polyclinic::kernels {
namespace {

// One thread: one Philox block, eight features.
template <typename T>
__global__ void dropout_kernel(DropoutShape shape, const std::uint32_t* __restrict__ row_keys,
                               const std::uint32_t* __restrict__ key, const T* x, T* y) {
  const std::int64_t groups = shape.features / 8;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= shape.rows * groups) return;
  const std::int64_t row = index / groups;
  std::uint32_t c[4] = {static_cast<std::uint32_t>(index % groups), row_keys[3 * row], row_keys[3 * row + 1],
                        shape.bank << 8 | (row_keys[3 * row + 2] & 0xFFU)};
  std::uint32_t k0 = key[0], k1 = key[1];
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const std::uint32_t high_a = __umulhi(0xD2511F53U, c[0]), low_a = 0xD2511F53U * c[0];
    const std::uint32_t high_b = __umulhi(0xCD9E8D57U, c[2]), low_b = 0xCD9E8D57U * c[2];
    c[0] = high_b ^ c[1] ^ k0;
    c[1] = low_b;
    c[2] = high_a ^ c[3] ^ k1;
    c[3] = low_a;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  const float factor = to_float(from_float<T>(shape.factor));
  float v[8];
  load_eight(x + index * 8, v);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const std::uint32_t bits = c[i / 2] >> (i % 2 * 16) & 0xFFFFU;
    v[i] = bits < shape.threshold ? v[i] * 0.0F : v[i] * factor;
  }
  store_eight(y + index * 8, v);
}

}  // namespace

void dropout_cuda(const DropoutShape& shape, ElementType type, const std::uint32_t* row_keys, const std::uint32_t* key,
                  const void* x, void* y, void* stream) {
  const std::int64_t count = shape.rows * (shape.features / 8);
  if (shape.features % 8 != 0) throw std::runtime_error("dropout: the features must be a multiple of 8 on CUDA");
  if (count == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    dropout_kernel<T><<<static_cast<unsigned>((count + 255) / 256), 256, 0, static_cast<cudaStream_t>(stream)>>>(
        shape, row_keys, key, static_cast<const T*>(x), static_cast<T*>(y));
  });
  check_launch("dropout");
}

}  // namespace polyclinic::kernels
