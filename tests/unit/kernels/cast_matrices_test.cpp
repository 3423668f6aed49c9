#include "kernels/cast_matrices.h"

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

class CastMatrices : public testing::TestWithParam<Target> {};

void run(const Target& target, const std::vector<CastTile>& tiles) {
  const auto count = static_cast<std::int64_t>(tiles.size());
  if (!target.cuda) return cast_matrices_cpu(tiles.data(), count);
#ifdef POLYCLINIC_CUDA
  const auto* words = reinterpret_cast<const std::int32_t*>(tiles.data());
  Buffer table(target, std::vector<std::int32_t>(words, words + tiles.size() * sizeof(CastTile) / 4));
  cast_matrices_cuda(table.as<CastTile>(), count, target.type, nullptr);
  cudaDeviceSynchronize();
#endif
}

// Wide rows, tall narrow ones, and a width and a place that no vector fits.
TEST_P(CastMatrices, EachLandsInItsPlace) {
  struct Shape {
    std::int32_t rows, columns, stride;
    float factor;
  };
  const std::int64_t bytes = GetParam().type == ElementType::float32 ? 4 : 2;
  const std::vector<Shape> shapes{{3, 9000, 9000, 1.0F}, {1300, 8, 24, 1.0F}, {5, 7, 11, -0.5F}, {2, 12, 16, 2.0F}};
  std::size_t from_count = 0, to_count = 0;
  for (const Shape& shape : shapes) {
    from_count += static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.columns);
    to_count += static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.stride);
  }
  const std::vector<double> zeros(to_count, 0.0);
  Buffer from(GetParam(), random_values(from_count, 1), true), to(GetParam(), zeros);
  const std::vector<double> values = from.values();
  std::vector<CastTile> tiles;
  std::vector<double> expected(to_count, 0.0);
  std::size_t read = 0, written = 0;
  for (const Shape& shape : shapes) {
    append_tiles({.from = from.as<float>() + read,
                  .to = to.as<char>() + static_cast<std::int64_t>(written) * bytes,
                  .rows = shape.rows,
                  .columns = shape.columns,
                  .from_stride = shape.columns,
                  .to_stride = shape.stride,
                  .factor = shape.factor},
                 bytes, tiles);
    for (std::int32_t row = 0; row < shape.rows; ++row) {
      for (std::int32_t column = 0; column < shape.columns; ++column) {
        expected[written + static_cast<std::size_t>(row * shape.stride + column)] =
            values[read + static_cast<std::size_t>(row * shape.columns + column)] * shape.factor;
      }
    }
    read += static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.columns);
    written += static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.stride);
  }
  run(GetParam(), tiles);
  expect_near(to.values(), expected, GetParam().tolerance() / 4);
}

INSTANTIATE_TEST_SUITE_P(Devices, CastMatrices, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
