#include "kernels/cast_matrices.h"

#include <algorithm>

namespace polyclinic::kernels {

void append_tiles(const CastTile& whole, std::int64_t bytes, std::vector<CastTile>& tiles) {
  constexpr std::int32_t values = 4096;
  const std::int32_t width = std::min(whole.columns, values);
  if (width == 0) return;
  const std::int32_t height = std::max(1, values / width);
  for (std::int32_t row = 0; row < whole.rows; row += height) {
    for (std::int32_t column = 0; column < whole.columns; column += width) {
      CastTile tile = whole;
      tile.rows = std::min(height, whole.rows - row);
      tile.columns = std::min(width, whole.columns - column);
      tile.from += std::int64_t{row} * whole.from_stride + column;
      tile.to = static_cast<char*>(tile.to) + (std::int64_t{row} * whole.to_stride + column) * bytes;
      tiles.push_back(tile);
    }
  }
}

void cast_matrices_cpu(const CastTile* tiles, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const CastTile& tile = tiles[i];
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const float* from = tile.from + row * tile.from_stride;
      float* to = static_cast<float*>(tile.to) + row * tile.to_stride;
      for (std::int32_t column = 0; column < tile.columns; ++column) to[column] = from[column] * tile.factor;
    }
  }
}

}  // namespace polyclinic::kernels
