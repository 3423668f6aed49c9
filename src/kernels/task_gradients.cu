#include "kernels/cuda_common.cuh"
#include "kernels/task_gradients.h"

namespace polyclinic::kernels {
namespace {

constexpr int threads = 256, gram_blocks = 1056;  // eight for each of an H100's multiprocessors

template <int tasks>
constexpr int pairs = tasks*(tasks + 1) / 2;

// Four neighbouring values of each task; `single` where less than four are left or rows do not begin at 16 bytes.
template <int tasks>
__device__ void load(const TaskGradients& of, std::int64_t at, bool single, float (&v)[tasks][4]) {
#pragma unroll
  for (int t = 0; t < tasks; ++t) {
    const float* from = of.values + t * of.stride + at;
    if (!single) {
      const float4 four = __ldcs(reinterpret_cast<const float4*>(from));
      v[t][0] = four.x, v[t][1] = four.y, v[t][2] = four.z, v[t][3] = four.w;
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i) v[t][i] = at + i < of.count ? from[i] : 0.0F;
    }
  }
}

// Each block: its share of the sums -> partial [pairs, gram_blocks].
template <int tasks>
__global__ void __launch_bounds__(threads) gram_kernel(TaskGradients of, bool unaligned, float* partial) {
  __shared__ float scratch[33];
  float sum[pairs<tasks>] = {};
  for (std::int64_t at = (static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x) * 4; at < of.count;
       at += static_cast<std::int64_t>(gram_blocks) * threads * 4) {
    float v[tasks][4];
    load<tasks>(of, at, unaligned || at + 4 > of.count, v);
#pragma unroll
    for (int a = 0; a < tasks; ++a) {
#pragma unroll
      for (int b = 0; b <= a; ++b) {
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[a * (a + 1) / 2 + b] += v[a][i] * v[b][i];
      }
    }
  }
#pragma unroll
  for (int p = 0; p < pairs<tasks>; ++p) {
    const float total = block_sum(sum[p], scratch);
    if (threadIdx.x == 0) partial[p * gram_blocks + blockIdx.x] = total;
  }
}

// One block a pair.
__global__ void __launch_bounds__(threads) gram_sum_kernel(int tasks, const float* partial, float* gram) {
  __shared__ float scratch[33];
  float mine = 0;
  for (int i = threadIdx.x; i < gram_blocks; i += threads) mine += partial[blockIdx.x * gram_blocks + i];
  const float total = block_sum(mine, scratch);
  int a = 0, b = static_cast<int>(blockIdx.x);
  while (b > a) b -= ++a;
  if (threadIdx.x == 0) gram[a * tasks + b] = gram[b * tasks + a] = total;
}

template <int tasks>
__global__ void __launch_bounds__(threads)
    combine_kernel(TaskGradients of, bool unaligned, const float* __restrict__ coefficients, float* __restrict__ out) {
  const std::int64_t at = (static_cast<std::int64_t>(blockIdx.x) * threads + threadIdx.x) * 4;
  if (at >= of.count) return;
  const bool single = unaligned || at + 4 > of.count;
  float v[tasks][4], sum[4] = {};
  load<tasks>(of, at, single, v);
#pragma unroll
  for (int t = 0; t < tasks; ++t) {
    const float c = coefficients[t];
#pragma unroll
    for (int i = 0; i < 4; ++i) sum[i] += c * v[t][i];
  }
  if (!single) {
    *reinterpret_cast<float4*>(out + at) = make_float4(sum[0], sum[1], sum[2], sum[3]);
    return;
  }
  for (int i = 0; i < 4 && at + i < of.count; ++i) out[at + i] = sum[i];
}

// Calls f with the number of tasks as a constant.
template <int tasks = 1, typename F>
void with_tasks(std::int32_t wanted, const F& f) {
  if (wanted == tasks) return f(std::integral_constant<int, tasks>{});
  if constexpr (tasks < most_gram_tasks) {
    with_tasks<tasks + 1>(wanted, f);
  } else {
    throw std::runtime_error("gradients of " + std::to_string(wanted) + " tasks have no kernel");
  }
}

bool unaligned(const TaskGradients& of, const void* beside) {
  return of.stride % 4 != 0 ||
         (reinterpret_cast<std::uintptr_t>(of.values) | reinterpret_cast<std::uintptr_t>(beside)) % 16 != 0;
}

}  // namespace

std::int64_t gram_workspace(std::int32_t tasks) { return std::int64_t{tasks} * (tasks + 1) / 2 * gram_blocks; }

void gram_cuda(const TaskGradients& gradients, float* workspace, float* gram, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  with_tasks(gradients.tasks, [&](auto tasks) {
    gram_kernel<tasks><<<gram_blocks, threads, 0, on>>>(gradients, unaligned(gradients, nullptr), workspace);
  });
  gram_sum_kernel<<<static_cast<unsigned>(gradients.tasks * (gradients.tasks + 1) / 2), threads, 0, on>>>(
      gradients.tasks, workspace, gram);
  check_launch("gram");
}

void combine_cuda(const TaskGradients& gradients, const float* coefficients, float* out, void* stream) {
  if (gradients.count == 0) return;
  const auto blocks = static_cast<unsigned>((gradients.count + threads * 4 - 1) / (threads * 4));
  with_tasks(gradients.tasks, [&](auto tasks) {
    combine_kernel<tasks><<<blocks, threads, 0, static_cast<cudaStream_t>(stream)>>>(
        gradients, unaligned(gradients, out), coefficients, out);
  });
  check_launch("combine");
}

}  // namespace polyclinic::kernels
