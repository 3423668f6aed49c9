#include "kernels/cross_entropy.h"
#include "kernels/cuda_common.cuh"

namespace polyclinic::kernels {
namespace {

constexpr int threads = 1024;

__device__ inline float capped(float x, float cap) { return cap > 0 ? cap * tanhf(x / cap) : x; }

// The largest value, and the sum of exp(z - largest), of what a thread, then a block has seen.
struct Partial {
  float largest, sum;
};

__device__ inline Partial merged(const Partial& a, const Partial& b) {
  const float largest = fmaxf(a.largest, b.largest);
  if (largest == -INFINITY) return a;
  return {largest, a.sum * expf(a.largest - largest) + b.sum * expf(b.largest - largest)};
}

__device__ inline Partial of_neighbour(const Partial& a, int offset) {
  return {__shfl_xor_sync(0xffffffffU, a.largest, offset), __shfl_xor_sync(0xffffffffU, a.sum, offset)};
}

// Calls visit(values, first column, how many) for each group of up to eight columns of a row.
template <bool whole, typename T, typename Visit>
__device__ inline void over_row(T* row, std::int64_t columns, const Visit& visit) {
  for (std::int64_t i = threadIdx.x * 8; i < columns; i += threads * 8) {
    float v[8];
    if constexpr (whole) {
      load_eight(row + i, v);
    } else {
#pragma unroll
      for (int k = 0; k < 8; ++k) v[k] = i + k < columns ? to_float(row[i + k]) : -INFINITY;
    }
    visit(v, i);
  }
}

// One block a row. `whole`: rows are multiples of eight columns, so that each group is one access.
template <typename T, bool whole>
__global__ void __launch_bounds__(threads)
    row_kernel(CrossEntropyShape shape, T* logits, const std::int64_t* __restrict__ targets, float* __restrict__ loss) {
  __shared__ Partial parts[threads / 32];
  T* row = logits + static_cast<std::int64_t>(blockIdx.x) * shape.columns;
  const std::int64_t target = targets[blockIdx.x];
  const float at_target = capped(to_float(row[target]), shape.cap);
  Partial mine{-INFINITY, 0.0F};
  over_row<whole>(row, shape.columns, [&](const float(&v)[8], std::int64_t) {
    float z[8];
    float largest = mine.largest;
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      z[k] = v[k] == -INFINITY ? v[k] : capped(v[k], shape.cap);
      largest = fmaxf(largest, z[k]);
    }
    if (largest == -INFINITY) return;
    float sum = mine.sum * expf(mine.largest - largest);
#pragma unroll
    for (int k = 0; k < 8; ++k) sum += expf(z[k] - largest);
    mine = {largest, sum};
  });
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) mine = merged(mine, of_neighbour(mine, offset));
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = mine;
  __syncthreads();
  mine = parts[threadIdx.x % 32];
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) mine = merged(mine, of_neighbour(mine, offset));
  const float normaliser = mine.largest + logf(mine.sum);
  if (threadIdx.x == 0) loss[blockIdx.x] = normaliser - at_target;
  if (!shape.gradient) return;
  __syncthreads();  // the target's logit has been read
  over_row<whole>(row, shape.columns, [&](float(&v)[8], std::int64_t first) {
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      const float z = capped(v[k], shape.cap), t = shape.cap > 0 ? z / shape.cap : 0.0F;
      v[k] = (expf(z - normaliser) - (first + k == target ? 1.0F : 0.0F)) * (1.0F - t * t);
    }
    if constexpr (whole) {
      store_eight(row + first, v);
    } else {
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        if (first + k < shape.columns) row[first + k] = from_float<T>(v[k]);
      }
    }
  });
}

}  // namespace

void cross_entropy_cuda(const CrossEntropyShape& shape, ElementType type, void* logits, const std::int64_t* targets,
                        float* loss, void* stream) {
  if (shape.rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    auto* kernel = shape.columns % 8 == 0 ? row_kernel<T, true> : row_kernel<T, false>;
    kernel<<<static_cast<unsigned>(shape.rows), threads, 0, static_cast<cudaStream_t>(stream)>>>(
        shape, static_cast<T*>(logits), targets, loss);
  });
  check_launch("cross_entropy");
}

}  // namespace polyclinic::kernels
