#pragma once
// Gradients of low-rank factors whose rows differ by slot or task: many products codes^T data over ranges of rows, each
// summed in fp32 into its own place, in one launch. Each element is one thread's, over its rows in order: the same bits
// every time.
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

inline constexpr std::int32_t gradient_job_columns = 32;  // of the codes, in all spans of a job
inline constexpr std::int32_t gradient_job_spans = 3;

// Neighbouring columns of the codes and where their gradient lies: element (r, n) at to[r * stride + n], or at
// to[n * stride + r] in the transposed form.
struct GradientSpan {
  float* to = nullptr;
  std::int32_t column = 0, count = 0, stride = 0;
  bool fresh = false;  // written in place of what is there
};

// Columns [data_column, data_column + data_count) of the data, rows [first_row, first_row + rows) of both.
struct GradientJob {
  std::int32_t first_row = 0, rows = 0;
  std::int32_t data_column = 0, data_count = 0;
  std::int32_t spans = 0;
  GradientSpan span[gradient_job_spans] = {};
};

struct FactorGradientShape {
  std::int64_t codes_stride = 0, data_stride = 0;  // elements between rows
  bool transposed = false;
  float scale = 1;
};

// to += scale * codes^T data for each job. Jobs of one call must not share a place. `jobs` lies on the host; the other
// pointers are of the device.
void factor_gradient_cpu(const GradientJob* jobs, std::int64_t count, const FactorGradientShape& shape,
                         const float* codes, const float* data);
void factor_gradient_cuda(const GradientJob* jobs, std::int64_t count, const FactorGradientShape& shape,
                          ElementType type, const void* codes, const void* data, void* stream);

}  // namespace polyclinic::kernels
