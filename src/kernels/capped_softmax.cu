#include "kernels/capped_softmax.h"
#include "kernels/cuda_common.cuh"

namespace polyclinic::kernels {
namespace {

constexpr int longest_row = 4096;
constexpr int threads = 128;
constexpr int values_per_thread = longest_row / threads;

struct Keys {
  int begin, end;
};

__device__ inline Keys visible_keys(const CappedSoftmaxShape& shape, int query, int length) {
  if (query >= length) return {0, 0};
  int begin = 0, end = shape.causal ? query + 1 : length;
  if (shape.window > 0) {
    begin = max(0, query - static_cast<int>(shape.window) + 1);
    end = min(end, query + static_cast<int>(shape.window));
  }
  return {begin, min(end, length)};
}

__device__ inline float block_max(float value, float* scratch) {
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) value = fmaxf(value, __shfl_xor_sync(0xffffffffU, value, offset));
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  float largest = scratch[0];
#pragma unroll
  for (int w = 1; w < threads / 32; ++w) largest = fmaxf(largest, scratch[w]);
  __syncthreads();
  return largest;
}

// One block a row (sequence, head, query). Scores and caps stay in registers. `backward` also makes ds.
template <typename T, bool backward>
__global__ void __launch_bounds__(threads) row_kernel(CappedSoftmaxShape shape, const T* dp, const T* scores,
                                                      const std::int32_t* __restrict__ lengths, T* p, T* ds) {
  __shared__ float scratch[33];
  const std::int64_t row = blockIdx.x;
  const int query = static_cast<int>(row % shape.longest);
  const int length = lengths[row / shape.longest / shape.heads];
  const Keys keys = visible_keys(shape, query, length);
  const std::int64_t offset = row * shape.longest;
  const int longest = static_cast<int>(shape.longest);
  float z[values_per_thread], g[backward ? values_per_thread : 1];
  float largest = -INFINITY;
  // `longest` bounds the loops at run time; the unrolled index keeps the arrays in registers.
#pragma unroll
  for (int i = 0; i < values_per_thread; ++i) {
    const int k = static_cast<int>(threadIdx.x) + i * threads;
    if (k >= longest) break;
    const bool seen = k >= keys.begin && k < keys.end;
    z[i] = -INFINITY;
    if (seen) {
      z[i] = to_float(scores[offset + k]) * shape.scale;
      if (shape.cap > 0) z[i] = shape.cap * tanhf(z[i] / shape.cap);
      largest = fmaxf(largest, z[i]);
    }
    if constexpr (backward) g[i] = seen ? to_float(dp[offset + k]) : 0.0F;
  }
  largest = block_max(largest, scratch);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < values_per_thread; ++i) {
    if (static_cast<int>(threadIdx.x) + i * threads >= longest) break;
    if (z[i] > -INFINITY) sum += expf(z[i] - largest);
  }
  sum = block_sum(sum, scratch);
  const float inverse = sum > 0 ? 1.0F / sum : 0.0F;
  float dot = 0;
  if constexpr (backward) {
#pragma unroll
    for (int i = 0; i < values_per_thread; ++i) {
      if (static_cast<int>(threadIdx.x) + i * threads >= longest) break;
      if (z[i] > -INFINITY) dot += expf(z[i] - largest) * inverse * g[i];
    }
    dot = block_sum(dot, scratch);
  }
#pragma unroll
  for (int i = 0; i < values_per_thread; ++i) {
    const int k = static_cast<int>(threadIdx.x) + i * threads;
    if (k >= longest) break;
    const float value = z[i] > -INFINITY ? expf(z[i] - largest) * inverse : 0.0F;
    p[offset + k] = from_float<T>(value);
    if constexpr (backward) {
      const float t = shape.cap > 0 ? z[i] / shape.cap : 0.0F;
      const float slope = value > 0 ? 1.0F - t * t : 0.0F;
      ds[offset + k] = from_float<T>(value * (g[i] - dot) * slope * shape.scale);
    }
  }
}

unsigned rows_of(const CappedSoftmaxShape& shape) {
  if (shape.longest > longest_row)
    throw std::runtime_error("capped softmax: a sequence of " + std::to_string(shape.longest) +
                             " tokens is longer than the kernel's 4096");
  return static_cast<unsigned>(shape.sequences * shape.heads * shape.longest);
}

}  // namespace

void capped_softmax_forward_cuda(const CappedSoftmaxShape& shape, ElementType type, const void* scores,
                                 const std::int32_t* lengths, void* p, void* stream) {
  const unsigned rows = rows_of(shape);
  if (rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    row_kernel<T, false><<<rows, threads, 0, static_cast<cudaStream_t>(stream)>>>(
        shape, nullptr, static_cast<const T*>(scores), lengths, static_cast<T*>(p), nullptr);
  });
  check_launch("capped_softmax_forward");
}

void capped_softmax_backward_cuda(const CappedSoftmaxShape& shape, ElementType type, const void* dp, const void* scores,
                                  const std::int32_t* lengths, void* p, void* ds, void* stream) {
  const unsigned rows = rows_of(shape);
  if (rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    row_kernel<T, true><<<rows, threads, 0, static_cast<cudaStream_t>(stream)>>>(
        shape, static_cast<const T*>(dp), static_cast<const T*>(scores), lengths, static_cast<T*>(p),
        static_cast<T*>(ds));
  });
  check_launch("capped_softmax_backward");
}

}  // namespace polyclinic::kernels
