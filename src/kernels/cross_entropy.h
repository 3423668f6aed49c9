#pragma once
// Cross entropy over a vocabulary, loss and gradient in one pass over the logits where they lie: CUDA only, for the
// chunks of model/language_model.cpp, which has the same in whole-tensor operations for the CPU.
//   z = x, or cap tanh(x / cap);  loss = logsumexp(z) - z[target];  gradient dloss / dx = (softmax(z) - 1[target]) dz /
//   dx
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

struct CrossEntropyShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  float cap = 0.0F;       // Gemma-2's final soft cap; 0: none
  bool gradient = false;  // write it over the logits
};

// logits [rows, columns], targets int64 [rows] -> loss fp32 [rows]. Sums and exponentials in fp32.
void cross_entropy_cuda(const CrossEntropyShape& shape, ElementType type, void* logits, const std::int64_t* targets,
                        float* loss, void* stream);

}  // namespace polyclinic::kernels
