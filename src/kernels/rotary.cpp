#include "kernels/rotary.h"

namespace polyclinic::kernels {

void rotary_cpu(const RotaryShape& shape, float* qkv, const float* cosine, const float* sine, std::int64_t begin,
                std::int64_t end) {
  const std::int64_t half = shape.head_dimension / 2;
  const float sign = shape.inverse ? -1.0F : 1.0F;
  for (std::int64_t token = begin; token < end; ++token) {
    const float* c = cosine + token * half;
    const float* s = sine + token * half;
    for (std::int64_t head = 0; head < shape.rotated_heads; ++head) {
      float* low = qkv + token * shape.row_stride + head * shape.head_dimension;
      float* high = low + half;
      for (std::int64_t i = 0; i < half; ++i) {
        const float a = low[i], b = high[i];
        low[i] = a * c[i] - sign * b * s[i];
        high[i] = b * c[i] + sign * a * s[i];
      }
    }
  }
}

}  // namespace polyclinic::kernels
