#include "kernels/cuda_common.cuh"
#include "kernels/rotary.h"

namespace polyclinic::kernels {
namespace {

// One thread rotates eight pairs.
template <typename T>
__global__ void rotary_kernel(RotaryShape shape, T* __restrict__ qkv, const float* __restrict__ cosine,
                              const float* __restrict__ sine) {
  const std::int64_t half = shape.head_dimension / 2;
  const std::int64_t groups = half / 8;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= shape.tokens * shape.rotated_heads * groups) return;
  const std::int64_t group = index % groups;
  const std::int64_t head = index / groups % shape.rotated_heads;
  const std::int64_t token = index / groups / shape.rotated_heads;
  T* low = qkv + token * shape.row_stride + head * shape.head_dimension + group * 8;
  T* high = low + half;
  float a[8], b[8], c[8], s[8], x[8], y[8];
  load_eight(low, a);
  load_eight(high, b);
  load_eight(cosine + token * half + group * 8, c);
  load_eight(sine + token * half + group * 8, s);
  const float sign = shape.inverse ? -1.0F : 1.0F;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    x[i] = a[i] * c[i] - sign * b[i] * s[i];
    y[i] = b[i] * c[i] + sign * a[i] * s[i];
  }
  store_eight(low, x);
  store_eight(high, y);
}

// Head sizes that are no multiple of 16: one thread rotates one pair.
template <typename T>
__global__ void rotary_pair_kernel(RotaryShape shape, T* __restrict__ qkv, const float* __restrict__ cosine,
                                   const float* __restrict__ sine) {
  const std::int64_t half = shape.head_dimension / 2;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= shape.tokens * shape.rotated_heads * half) return;
  const std::int64_t pair = index % half;
  const std::int64_t head = index / half % shape.rotated_heads;
  const std::int64_t token = index / half / shape.rotated_heads;
  T* low = qkv + token * shape.row_stride + head * shape.head_dimension + pair;
  const float a = to_float(low[0]), b = to_float(low[half]);
  const float c = cosine[token * half + pair], s = (shape.inverse ? -1.0F : 1.0F) * sine[token * half + pair];
  low[0] = from_float<T>(a * c - b * s);
  low[half] = from_float<T>(b * c + a * s);
}

}  // namespace

void rotary_cuda(const RotaryShape& shape, ElementType type, void* qkv, const float* cosine, const float* sine,
                 void* stream) {
  const bool vectors = shape.head_dimension % 16 == 0;
  const std::int64_t count = shape.tokens * shape.rotated_heads * (shape.head_dimension / (vectors ? 16 : 2));
  if (count == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    const auto blocks = static_cast<unsigned>((count + 255) / 256);
    const auto on = static_cast<cudaStream_t>(stream);
    if (vectors)
      rotary_kernel<T><<<blocks, 256, 0, on>>>(shape, static_cast<T*>(qkv), cosine, sine);
    else
      rotary_pair_kernel<T><<<blocks, 256, 0, on>>>(shape, static_cast<T*>(qkv), cosine, sine);
  });
  check_launch("rotary");
}

}  // namespace polyclinic::kernels
