#include "kernels/factor_gradient.h"

namespace polyclinic::kernels {
namespace {

void add_span(const GradientJob& job, const GradientSpan& span, const FactorGradientShape& shape, const float* codes,
              const float* data) {
  for (std::int32_t r = 0; r < span.count; ++r) {
    for (std::int32_t n = 0; n < job.data_count; ++n) {
      float sum = 0;
      for (std::int64_t row = job.first_row; row < job.first_row + job.rows; ++row) {
        sum += codes[row * shape.codes_stride + span.column + r] * data[row * shape.data_stride + job.data_column + n];
      }
      const std::int64_t at = shape.transposed ? std::int64_t{n} * span.stride + r : std::int64_t{r} * span.stride + n;
      span.to[at] = (span.fresh ? 0.0F : span.to[at]) + shape.scale * sum;
    }
  }
}

}  // namespace

void factor_gradient_cpu(const GradientJob* jobs, std::int64_t count, const FactorGradientShape& shape,
                         const float* codes, const float* data) {
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int32_t s = 0; s < jobs[i].spans; ++s) add_span(jobs[i], jobs[i].span[s], shape, codes, data);
  }
}

}  // namespace polyclinic::kernels
