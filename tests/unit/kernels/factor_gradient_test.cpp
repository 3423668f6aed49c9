#include "kernels/factor_gradient.h"

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

class FactorGradient : public testing::TestWithParam<Target> {};

struct Place {  // a job's span in plain numbers
  std::int32_t first_row, rows, data_column, data_count, column, count;
};

// Rows [200, codes 48 | data `width`]: jobs of one and of several spans, of more rows than a tile has and of one alone.
void check(const Target& target, std::int32_t width, bool transposed) {
  constexpr std::int32_t rows = 200, columns = 48;
  const std::int32_t half = width / 2 / 8 * 8;
  const std::vector<std::vector<Place>> jobs{
      {{0, 130, 0, width, 0, 24}, {0, 130, 0, width, 24, 8}},
      {{130, 70, 0, width, 0, 5}, {130, 70, 0, width, 40, 7}, {130, 70, 0, width, 33, 1}},
      {{17, 1, half, width - half, 8, 32}},
      {{64, 64, half, width - half, 16, 16}}};
  Buffer codes(target, random_values(rows * columns, 2)), data(target, random_values(std::size_t{rows} * width, 3));
  std::vector<Place> places;
  std::size_t total = 0;
  for (const auto& job : jobs) {
    for (const Place& place : job) {
      places.push_back(place);
      total += static_cast<std::size_t>(place.count * place.data_count);
    }
  }
  Buffer gradients(target, random_values(total, 4), true);
  std::vector<double> expected = gradients.values();
  const std::vector<double> u = codes.values(), x = data.values();
  std::vector<GradientJob> list;
  std::size_t begin = 0;
  for (const auto& job : jobs) {
    const Place& of = job.front();
    GradientJob out{of.first_row, of.rows, of.data_column, of.data_count, 0, {}};
    for (const Place& place : job) {
      const std::int32_t stride = transposed ? place.count : place.data_count;
      const bool fresh = place.count == 8;
      out.span[out.spans++] = {gradients.as<float>() + begin, place.column, place.count, stride, fresh};
      for (std::int32_t r = 0; r < place.count; ++r) {
        for (std::int32_t n = 0; n < place.data_count; ++n) {
          double sum = 0;
          for (std::int32_t row = place.first_row; row < place.first_row + place.rows; ++row) {
            sum += u[static_cast<std::size_t>(row * columns + place.column + r)] *
                   x[static_cast<std::size_t>(row * width + place.data_column + n)];
          }
          const std::int32_t at = transposed ? n * stride + r : r * stride + n;
          double& sum_here = expected[begin + static_cast<std::size_t>(at)];
          sum_here = (fresh ? 0 : sum_here) + 0.5 * sum;
        }
      }
      begin += static_cast<std::size_t>(place.count * place.data_count);
    }
    list.push_back(out);
  }
  const FactorGradientShape shape{columns, width, transposed, 0.5F};
  const auto count = static_cast<std::int64_t>(list.size());
  if (target.cuda) {
#ifdef POLYCLINIC_CUDA
    factor_gradient_cuda(list.data(), count, shape, target.type, codes.data(), data.data(), nullptr);
#endif
  } else {
    factor_gradient_cpu(list.data(), count, shape, codes.as<float>(), data.as<float>());
  }
  // Inputs are rounded before both; sums are fp32 on every device.
  expect_near(gradients.values(), expected, 5e-5);
}

TEST_P(FactorGradient, IsTheProductOfEachJobsRows) {
  for (const bool transposed : {false, true}) {
    for (const std::int32_t width : {std::int32_t{304}, std::int32_t{137}}) check(GetParam(), width, transposed);
  }
}

TEST_P(FactorGradient, ManyJobsAreAllTaken) {
  constexpr std::int32_t jobs = 90;
  Buffer codes(GetParam(), std::vector<double>(jobs * 8, 1.0)), data(GetParam(), std::vector<double>(jobs * 16, 2.0));
  Buffer gradients(GetParam(), std::vector<double>(jobs * 8 * 16, 1.0), true);
  std::vector<GradientJob> list;
  for (std::int32_t i = 0; i < jobs; ++i) {
    GradientJob job{i, 1, 0, 16, 1, {}};
    job.span[0] = {gradients.as<float>() + i * 128, 0, 8, 16};
    list.push_back(job);
  }
  const FactorGradientShape shape{8, 16, false, 3.0F};
  if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
    factor_gradient_cuda(list.data(), jobs, shape, GetParam().type, codes.data(), data.data(), nullptr);
#endif
  } else {
    factor_gradient_cpu(list.data(), jobs, shape, codes.as<float>(), data.as<float>());
  }
  expect_near(gradients.values(), std::vector<double>(jobs * 128, 7.0), 0);
}

INSTANTIATE_TEST_SUITE_P(Devices, FactorGradient, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
