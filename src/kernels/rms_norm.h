#pragma once
// RMSNorm (Zhang and Sennrich, 2019) with an optional residual addition in front, and its gradient in the input.
//   h = x + residual;  r = 1 / sqrt(mean(h^2) + epsilon);  y = weight * h * r
// The weight is frozen: it has no gradient here.
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

// Where the product is rounded to the element type: Llama rounds h * r and then multiplies, Gemma multiplies first.
enum class NormRounding : std::uint8_t { before_weight, after_weight };

struct RmsNormShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;  // CUDA: a multiple of 8
  float epsilon = 1e-5F;
  NormRounding rounding = NormRounding::before_weight;
};

// x, residual (may be null), h_out (null when residual is), y: [rows, columns]; weight: fp32 [columns], for Gemma 1 +
// w; inverse_rms: fp32 [rows], saved for the gradient. Rows [row_begin, row_end) are computed, so that a caller may
// split the work.
void rms_norm_forward_cpu(const RmsNormShape& shape, const float* x, const float* residual, const float* weight,
                          float* h_out, float* y, float* inverse_rms, std::int64_t row_begin, std::int64_t row_end);

// dy, dresidual (may be null: the gradient that reaches h by the residual path), h: [rows, columns]
// -> dh = d(norm) + dresidual, [rows, columns].
void rms_norm_backward_cpu(const RmsNormShape& shape, const float* dy, const float* dresidual, const float* h,
                           const float* weight, const float* inverse_rms, float* dh, std::int64_t row_begin,
                           std::int64_t row_end);

// The same on the current CUDA device, all rows. x, y and dy are of `type`; residual, h, dresidual and dh, the residual
// stream, of `stream_type`: the same or fp32. Without a residual h is x, and then `stream_type` is that of x.
// `stream` is a cudaStream_t.
struct RmsNormTypes {
  ElementType type = ElementType::float32;
  ElementType stream_type = ElementType::float32;
};
void rms_norm_forward_cuda(const RmsNormShape& shape, const RmsNormTypes& types, const void* x, const void* residual,
                           const float* weight, void* h_out, void* y, float* inverse_rms, void* stream);
void rms_norm_backward_cuda(const RmsNormShape& shape, const RmsNormTypes& types, const void* dy, const void* dresidual,
                            const void* h, const float* weight, const float* inverse_rms, void* dh, void* stream);

}  // namespace polyclinic::kernels
