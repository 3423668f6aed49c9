#include "kernels/cuda_common.cuh"
#include "kernels/rms_norm.h"

namespace polyclinic::kernels {
namespace {

constexpr int threads_for(std::int64_t columns) { return columns >= 4096 ? 512 : columns >= 2048 ? 256 : 128; }

// y = weight * h * r for one row, rounded where the family rounds.
template <typename C, typename S>
__device__ inline void scale_row(const RmsNormShape& shape, const S* h, const float* weight, float r, C* y) {
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float v[8], w[8];
    load_eight(h + i, v);
    load_eight(weight + i, w);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      const float n = v[k] * r;
      v[k] = w[k] * (shape.rounding == NormRounding::before_weight ? to_float(from_float<C>(n)) : n);
    }
    store_eight(y + i, v);
  }
}

// One block a row. C: type of x and y. S: type of the residual stream.
template <typename C, typename S>
__global__ void add_forward_kernel(RmsNormShape shape, const C* __restrict__ x, const S* __restrict__ residual,
                                   const float* __restrict__ weight, S* __restrict__ h_out, C* __restrict__ y,
                                   float* __restrict__ inverse_rms) {
  __shared__ float scratch[33];
  const std::int64_t base = static_cast<std::int64_t>(blockIdx.x) * shape.columns;
  float squares = 0;
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float v[8], r[8];
    load_eight(x + base + i, v);
    load_eight(residual + base + i, r);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      v[k] = to_float(from_float<S>(v[k] + r[k]));
      squares += v[k] * v[k];
    }
    store_eight(h_out + base + i, v);
  }
  const float r = rsqrtf(block_sum(squares, scratch) / static_cast<float>(shape.columns) + shape.epsilon);
  if (threadIdx.x == 0) inverse_rms[blockIdx.x] = r;
  scale_row<C>(shape, h_out + base, weight, r, y + base);
}

template <typename C, typename S>
__global__ void forward_kernel(RmsNormShape shape, const S* __restrict__ x, const float* __restrict__ weight,
                               C* __restrict__ y, float* __restrict__ inverse_rms) {
  __shared__ float scratch[33];
  const std::int64_t base = static_cast<std::int64_t>(blockIdx.x) * shape.columns;
  float squares = 0;
  for (std::int64_t i = threadIdx.x * 8; i < shape.columns; i += blockDim.x * 8) {
    float v[8];
    load_eight(x + base + i, v);
#pragma unroll
    for (int k = 0; k < 8; ++k) squares += v[k] * v[k];
  }
  const float r = rsqrtf(block_sum(squares, scratch) / static_cast<float>(shape.columns) + shape.epsilon);
  if (threadIdx.x == 0) inverse_rms[blockIdx.x] = r;
  scale_row<C>(shape, x + base, weight, r, y + base);
}

template <typename C, typename S>
__global__ void backward_kernel(RmsNormShape shape, const C* __restrict__ dy, const S* __restrict__ dresidual,
                                const S* __restrict__ h, const float* __restrict__ weight,
                                const float* __restrict__ inverse_rms, S* __restrict__ dh) {
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

// Calls f with the tags of both types: equal, or an fp32 stream under a half type.
template <typename F>
void dispatch_types(const RmsNormTypes& types, F&& f) {
  if (types.stream_type != types.type && types.stream_type != ElementType::float32)
    throw std::runtime_error("rms_norm: the residual stream must be fp32 or of the compute type");
  dispatch(types.type, [&](auto* tag) {
    if (types.stream_type == types.type)
      f(tag, tag);
    else
      f(tag, static_cast<float*>(nullptr));
  });
}

}  // namespace

void rms_norm_forward_cuda(const RmsNormShape& shape, const RmsNormTypes& types, const void* x, const void* residual,
                           const float* weight, void* h_out, void* y, float* inverse_rms, void* stream) {
  if (shape.rows == 0) return;
  const auto rows = static_cast<unsigned>(shape.rows);
  const int threads = threads_for(shape.columns);
  const auto on = static_cast<cudaStream_t>(stream);
  dispatch_types(types, [&](auto* compute, auto* residual_stream) {
    using C = std::remove_pointer_t<decltype(compute)>;
    using S = std::remove_pointer_t<decltype(residual_stream)>;
    if (residual == nullptr)
      forward_kernel<C, S>
          <<<rows, threads, 0, on>>>(shape, static_cast<const S*>(x), weight, static_cast<C*>(y), inverse_rms);
    else
      add_forward_kernel<C, S><<<rows, threads, 0, on>>>(shape, static_cast<const C*>(x),
                                                         static_cast<const S*>(residual), weight,
                                                         static_cast<S*>(h_out), static_cast<C*>(y), inverse_rms);
  });
  check_launch("rms_norm_forward");
}

void rms_norm_backward_cuda(const RmsNormShape& shape, const RmsNormTypes& types, const void* dy, const void* dresidual,
                            const void* h, const float* weight, const float* inverse_rms, void* dh, void* stream) {
  if (shape.rows == 0) return;
  dispatch_types(types, [&](auto* compute, auto* residual_stream) {
    using C = std::remove_pointer_t<decltype(compute)>;
    using S = std::remove_pointer_t<decltype(residual_stream)>;
    backward_kernel<C, S>
        <<<static_cast<unsigned>(shape.rows), threads_for(shape.columns), 0, static_cast<cudaStream_t>(stream)>>>(
            shape, static_cast<const C*>(dy), static_cast<const S*>(dresidual), static_cast<const S*>(h), weight,
            inverse_rms, static_cast<S*>(dh));
  });
  check_launch("rms_norm_backward");
}

}  // namespace polyclinic::kernels
