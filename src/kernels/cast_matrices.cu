#include "kernels/cast_matrices.h"
#include "kernels/cuda_common.cuh"

namespace polyclinic::kernels {
namespace {

constexpr int cast_threads = 256;

template <typename T>
struct alignas(4 * sizeof(T)) Four {
  T values[4];
};

__device__ inline bool aligned(const void* pointer, int bytes) {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

template <typename T>
__global__ void __launch_bounds__(cast_threads) cast_kernel(const CastTile* __restrict__ tiles) {
  const CastTile tile = tiles[blockIdx.x];
  auto* to = static_cast<T*>(tile.to);
  const bool fours = tile.columns % 4 == 0 && tile.from_stride % 4 == 0 && tile.to_stride % 4 == 0 &&
                     aligned(tile.from, 16) && aligned(to, 4 * sizeof(T));
  if (!fours) {
    for (int i = threadIdx.x; i < tile.rows * tile.columns; i += cast_threads) {
      const std::int64_t row = i / tile.columns, column = i % tile.columns;
      to[row * tile.to_stride + column] = from_float<T>(tile.from[row * tile.from_stride + column] * tile.factor);
    }
    return;
  }
  const int width = tile.columns / 4;
#pragma unroll 4
  for (int i = threadIdx.x; i < tile.rows * width; i += cast_threads) {
    const std::int64_t row = i / width, column = i % width * 4;
    const float4 v = *reinterpret_cast<const float4*>(tile.from + row * tile.from_stride + column);
    *reinterpret_cast<Four<T>*>(to + row * tile.to_stride + column) = {
        from_float<T>(v.x * tile.factor), from_float<T>(v.y * tile.factor), from_float<T>(v.z * tile.factor),
        from_float<T>(v.w * tile.factor)};
  }
}

}  // namespace

void cast_matrices_cuda(const CastTile* tiles, std::int64_t count, ElementType type, void* stream) {
  if (count == 0) return;
  dispatch(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    cast_kernel<T><<<static_cast<unsigned>(count), cast_threads, 0, static_cast<cudaStream_t>(stream)>>>(tiles);
  });
  check_launch("cast_matrices");
}

}  // namespace polyclinic::kernels
