#pragma once
// What every .cu file here needs: 16-byte vectors of elements, dispatch over element types, reductions, launch checks.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

inline void check_launch(const char* kernel) {
  const cudaError_t code = cudaGetLastError();
  if (code != cudaSuccess)
    throw std::runtime_error(std::string("CUDA kernel ") + kernel + " did not start: " + cudaGetErrorString(code));
}

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(__half x) { return __half2float(x); }
__device__ inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <typename T>
__device__ inline T from_float(float x);
template <>
__device__ inline float from_float<float>(float x) {
  return x;
}
template <>
__device__ inline __half from_float<__half>(float x) {
  return __float2half_rn(x);
}
template <>
__device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float x) {
  return __float2bfloat16_rn(x);
}

// Eight elements: one 16-byte access for the half types, two for fp32.
template <typename T>
struct alignas(16) Eight {
  T values[8];
};

template <typename T>
__device__ inline void load_eight(const T* from, float (&to)[8]) {
  const Eight<T> vector = *reinterpret_cast<const Eight<T>*>(from);
#pragma unroll
  for (int i = 0; i < 8; ++i) to[i] = to_float(vector.values[i]);
}

template <typename T>
__device__ inline void store_eight(T* to, const float (&from)[8]) {
  Eight<T> vector;
#pragma unroll
  for (int i = 0; i < 8; ++i) vector.values[i] = from_float<T>(from[i]);
  *reinterpret_cast<Eight<T>*>(to) = vector;
}

// Sum over a block of up to 1024 threads; every thread gets it. `scratch` holds 33 floats.
__device__ inline float block_sum(float value, float* scratch) {
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) value += __shfl_xor_sync(0xffffffffU, value, offset);
  const int warps = (static_cast<int>(blockDim.x) + 31) / 32;
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x < 32) {
    float sum = static_cast<int>(threadIdx.x) < warps ? scratch[threadIdx.x] : 0.0F;
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_xor_sync(0xffffffffU, sum, offset);
    if (threadIdx.x == 0) scratch[32] = sum;
  }
  __syncthreads();
  return scratch[32];
}

// Calls f with a null pointer of the element's C++ type: dispatch(type, [&](auto* tag) { using T = ...; }).
template <typename F>
void dispatch(ElementType type, F&& f) {
  switch (type) {
    case ElementType::float32:
      return f(static_cast<float*>(nullptr));
    case ElementType::float16:
      return f(static_cast<__half*>(nullptr));
    case ElementType::bfloat16:
      return f(static_cast<__nv_bfloat16*>(nullptr));
  }
}

}  // namespace polyclinic::kernels
