#pragma once
// Many matrices of a flat fp32 array in another type, in one launch: the factors of all adapters after a step.
#include <cstdint>
#include <vector>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

// A piece of one matrix. Pointers are of the device that the function works on.
struct CastTile {
  const float* from = nullptr;  // [rows, columns], rows `from_stride` elements apart
  void* to = nullptr;           // the same, rows `to_stride` apart
  std::int32_t rows = 0, columns = 0;
  std::int32_t from_stride = 0, to_stride = 0;
  float factor = 1;  // to = from * factor
};

// Appends the tiles of `whole`, of at most some thousand values each; `to` has elements of `bytes` bytes.
void append_tiles(const CastTile& whole, std::int64_t bytes, std::vector<CastTile>& tiles);

void cast_matrices_cpu(const CastTile* tiles, std::int64_t count);  // to fp32
// `tiles` lies on the device.
void cast_matrices_cuda(const CastTile* tiles, std::int64_t count, ElementType type, void* stream);

}  // namespace polyclinic::kernels
