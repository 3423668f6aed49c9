#include "kernels/cuda_common.cuh"
#include "kernels/gated_activation.h"

namespace polyclinic::kernels {
namespace {

struct ValueAndSlope {
  float value, slope;
};

template <GateFunction f>
__device__ inline ValueAndSlope gate(float x) {
  if constexpr (f == GateFunction::silu) {
    const float s = 1.0F / (1.0F + __expf(-x));
    return {x * s, s * (1.0F + x * (1.0F - s))};
  } else {
    const float k = 0.7978845608028654F, c = 0.044715F;  // k = sqrt(2 / pi)
    const float t = tanhf(k * (x + c * x * x * x));
    return {0.5F * x * (1.0F + t), 0.5F * (1.0F + t) + 0.5F * x * (1.0F - t * t) * k * (1.0F + 3.0F * c * x * x)};
  }
}

template <typename T, GateFunction f>
__global__ void forward_kernel(GatedShape shape, const T* __restrict__ gate_up, T* __restrict__ y) {
  const std::int64_t groups = shape.width / 8;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= shape.rows * groups) return;
  const std::int64_t row = index / groups, column = index % groups * 8;
  const T* from = gate_up + row * 2 * shape.width + column;
  float g[8], u[8];
  load_eight(from, g);
  load_eight(from + shape.width, u);
#pragma unroll
  // HF rounds the activation before the product.
  for (int i = 0; i < 8; ++i) u[i] *= to_float(from_float<T>(gate<f>(g[i]).value));
  store_eight(y + row * shape.width + column, u);
}

template <typename T, GateFunction f>
__global__ void backward_kernel(GatedShape shape, const T* __restrict__ dy, const T* gate_up, T* dgate_up,
                                T* __restrict__ y) {
  const std::int64_t groups = shape.width / 8;
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= shape.rows * groups) return;
  const std::int64_t row = index / groups, column = index % groups * 8;
  const std::int64_t wide = row * 2 * shape.width + column;
  float d[8], g[8], u[8], dg[8], du[8];
  load_eight(dy + row * shape.width + column, d);
  load_eight(gate_up + wide, g);
  load_eight(gate_up + wide + shape.width, u);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const ValueAndSlope a = gate<f>(g[i]);
    dg[i] = d[i] * u[i] * a.slope;
    du[i] = d[i] * a.value;
    u[i] *= to_float(from_float<T>(a.value));
  }
  store_eight(dgate_up + wide, dg);
  store_eight(dgate_up + wide + shape.width, du);
  if (y != nullptr) store_eight(y + row * shape.width + column, u);
}

unsigned blocks_for(const GatedShape& shape) {
  return static_cast<unsigned>((shape.rows * (shape.width / 8) + 255) / 256);
}

}  // namespace

void gated_forward_cuda(const GatedShape& shape, ElementType type, const void* gate_up, void* y, void* stream) {
  if (shape.rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    auto* kernel = shape.function == GateFunction::silu ? forward_kernel<T, GateFunction::silu>
                                                        : forward_kernel<T, GateFunction::gelu_tanh>;
    kernel<<<blocks_for(shape), 256, 0, static_cast<cudaStream_t>(stream)>>>(shape, static_cast<const T*>(gate_up),
                                                                             static_cast<T*>(y));
  });
  check_launch("gated_forward");
}

void gated_backward_cuda(const GatedShape& shape, ElementType type, const void* dy, const void* gate_up, void* dgate_up,
                         void* y, void* stream) {
  if (shape.rows == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    auto* kernel = shape.function == GateFunction::silu ? backward_kernel<T, GateFunction::silu>
                                                        : backward_kernel<T, GateFunction::gelu_tanh>;
    kernel<<<blocks_for(shape), 256, 0, static_cast<cudaStream_t>(stream)>>>(
        shape, static_cast<const T*>(dy), static_cast<const T*>(gate_up), static_cast<T*>(dgate_up),
        static_cast<T*>(y));
  });
  check_launch("gated_backward");
}

}  // namespace polyclinic::kernels
