#include "kernels/task_gradients.h"

namespace polyclinic::kernels {

void gram_cpu(const TaskGradients& gradients, float* gram) {
  for (std::int32_t a = 0; a < gradients.tasks; ++a) {
    for (std::int32_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::int64_t i = 0; i < gradients.count; ++i) {
        sum += double{gradients.values[a * gradients.stride + i]} * double{gradients.values[b * gradients.stride + i]};
      }
      gram[a * gradients.tasks + b] = gram[b * gradients.tasks + a] = static_cast<float>(sum);
    }
  }
}

void combine_cpu(const TaskGradients& gradients, const float* coefficients, float* out) {
  for (std::int64_t i = 0; i < gradients.count; ++i) {
    float sum = 0;
    for (std::int32_t t = 0; t < gradients.tasks; ++t)
      sum += coefficients[t] * gradients.values[t * gradients.stride + i];
    out[i] = sum;
  }
}

}  // namespace polyclinic::kernels
