#include "kernels/cuda_common.cuh"
#include "kernels/rms_norm.h"

namespace polyclinic::kernels {
namespace {

constexpr int threads_for(std::int64_t columns) { return columns >= 4096 ? 512 : columns >= 2048 ? 256 : 128; }

// One block a row. The row stays in registers between the two passes when it has at most 8 * 4 * blockDim elements.
template <typename T>
__global__ void forward_kernel(RmsNormShape shape, const T* __restrict__ x, const T* __restrict__ residual,
                               const float* __restrict__ weight, T* __restrict__ h_out, T* __restrict__ y,
                               float* __restrict__ inverse_rms) {
  __shared__ float scratch[33];
  const std::int64_t base = static_cast<std::int64_t>(blockIdx.x) * shape.columns;
  float squares = 0;
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float v[8];
    load_eight(x + base + i, v);
    if (residual != nullptr) {
      float r[8];
      load_eight(residual + base + i, r);
#pragma unroll
      for (int k = 0; k < 8; ++k) v[k] = to_float(from_float<T>(v[k] + r[k]));
      store_eight(h_out + base + i, v);
    }
#pragma unroll
    for (int k = 0; k < 8; ++k) squares += v[k] * v[k];
  }
  const float r = rsqrtf(block_sum(squares, scratch) / static_cast<float>(shape.columns) + shape.epsilon);
  if (threadIdx.x == 0) inverse_rms[blockIdx.x] = r;
  const T* h = residual != nullptr ? h_out : x;
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float v[8], w[8];
    load_eight(h + base + i, v);
    load_eight(weight + i, w);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      const float n = v[k] * r;
      v[k] = w[k] * (shape.rounding == NormRounding::before_weight ? to_float(from_float<T>(n)) : n);
    }
    store_eight(y + base + i, v);
  }
}

template <typename T>
__global__ void backward_kernel(RmsNormShape shape, const T* __restrict__ dy, const T* __restrict__ dresidual,
                                const T* __restrict__ h, const float* __restrict__ weight,
                                const float* __restrict__ inverse_rms, T* __restrict__ dh) {
  __shared__ float scratch[33];
  const std::int64_t base = static_cast<std::int64_t>(blockIdx.x) * shape.columns;
  float dot = 0;
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float g[8], x[8], w[8];
    load_eight(dy + base + i, g);
    load_eight(h + base + i, x);
    load_eight(weight + i, w);
#pragma unroll
    for (int k = 0; k < 8; ++k) dot += g[k] * w[k] * x[k];
  }
  const float r = inverse_rms[blockIdx.x];
  const float c = block_sum(dot, scratch) * r * r * r / static_cast<float>(shape.columns);
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float g[8], x[8], w[8];
    load_eight(dy + base + i, g);
    load_eight(h + base + i, x);
    load_eight(weight + i, w);
#pragma unroll
    for (int k = 0; k < 8; ++k) g[k] = g[k] * w[k] * r - x[k] * c;
    if (dresidual != nullptr) {
      float d[8];
      load_eight(dresidual + base + i, d);
#pragma unroll
      for (int k = 0; k < 8; ++k) g[k] += d[k];
    }
    store_eight(dh + base + i, g);
  }
}

}  // namespace

void rms_norm_forward_cuda(const RmsNormShape& shape, ElementType type, const void* x, const void* residual,
                           const float* weight, void* h_out, void* y, float* inverse_rms, void* stream) {
  if (shape.rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    forward_kernel<T>
        <<<static_cast<unsigned>(shape.rows), threads_for(shape.columns), 0, static_cast<cudaStream_t>(stream)>>>(
            shape, static_cast<const T*>(x), static_cast<const T*>(residual), weight, static_cast<T*>(h_out),
            static_cast<T*>(y), inverse_rms);
  });
  check_launch("rms_norm_forward");
}

void rms_norm_backward_cuda(const RmsNormShape& shape, ElementType type, const void* dy, const void* dresidual,
                            const void* h, const float* weight, const float* inverse_rms, void* dh, void* stream) {
  if (shape.rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    backward_kernel<T>
        <<<static_cast<unsigned>(shape.rows), threads_for(shape.columns), 0, static_cast<cudaStream_t>(stream)>>>(
            shape, static_cast<const T*>(dy), static_cast<const T*>(dresidual), static_cast<const T*>(h), weight,
            inverse_rms, static_cast<T*>(dh));
  });
  check_launch("rms_norm_backward");
}

}  // namespace polyclinic::kernels
