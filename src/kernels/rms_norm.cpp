#include "kernels/rms_norm.h"

#include <cmath>

namespace polyclinic::kernels {

void rms_norm_forward_cpu(const RmsNormShape& shape, const float* x, const float* residual, const float* weight,
                          float* h_out, float* y, float* inverse_rms, std::int64_t row_begin, std::int64_t row_end) {
  const std::int64_t n = shape.columns;
  for (std::int64_t row = row_begin; row < row_end; ++row) {
    const float* h = x + row * n;
    if (residual != nullptr) {
      float* sum = h_out + row * n;
      for (std::int64_t i = 0; i < n; ++i) sum[i] = h[i] + residual[row * n + i];
      h = sum;
    }
    float squares = 0;
    for (std::int64_t i = 0; i < n; ++i) squares += h[i] * h[i];
    const float r = 1.0F / std::sqrt(squares / static_cast<float>(n) + shape.epsilon);
    inverse_rms[row] = r;
    for (std::int64_t i = 0; i < n; ++i) y[row * n + i] = h[i] * r * weight[i];
  }
}

void rms_norm_backward_cpu(const RmsNormShape& shape, const float* dy, const float* dresidual, const float* h,
                           const float* weight, const float* inverse_rms, float* dh, std::int64_t row_begin,
                           std::int64_t row_end) {
  const std::int64_t n = shape.columns;
  for (std::int64_t row = row_begin; row < row_end; ++row) {
    const float* g = dy + row * n;
    const float* x = h + row * n;
    float* out = dh + row * n;
    const float r = inverse_rms[row];
    float dot = 0;
    for (std::int64_t i = 0; i < n; ++i) dot += g[i] * weight[i] * x[i];
    const float c = dot * r * r * r / static_cast<float>(n);
    for (std::int64_t i = 0; i < n; ++i) out[i] = g[i] * weight[i] * r - x[i] * c;
    if (dresidual != nullptr)
      for (std::int64_t i = 0; i < n; ++i) out[i] += dresidual[row * n + i];
  }
}

}  // namespace polyclinic::kernels
