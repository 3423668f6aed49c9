#pragma once
// Passes over gradients [tasks, count] fp32 that are bound by memory: their Gram matrix and their combination. Sums are
// taken in a fixed order.
#include <cstdint>

namespace polyclinic::kernels {

inline constexpr std::int32_t most_gram_tasks = 8;

// The gradients begin at a multiple of 16 bytes.
struct TaskGradients {
  const float* values = nullptr;  // [tasks, stride]; pointers are of the device that the function works on
  std::int32_t tasks = 0;         // at most most_gram_tasks
  std::int64_t count = 0, stride = 0;
};

// Floats that gram_cuda() needs to work in.
std::int64_t gram_workspace(std::int32_t tasks);
// -> gram [tasks, tasks].
void gram_cpu(const TaskGradients& gradients, float* gram);
void gram_cuda(const TaskGradients& gradients, float* workspace, float* gram, void* stream);

// -> out [count] = sum over tasks of coefficients[t] gradients[t], tasks in order.
void combine_cpu(const TaskGradients& gradients, const float* coefficients, float* out);
void combine_cuda(const TaskGradients& gradients, const float* coefficients, float* out, void* stream);

}  // namespace polyclinic::kernels
