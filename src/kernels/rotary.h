#pragma once
// Rotary position embedding in the rotate-half layout of HF: pairs (i, i + d/2). In place on the q and k parts of a
// merged projection. The gradient is the rotation by the opposite angle (`inverse`).
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

struct RotaryShape {
  std::int64_t tokens = 0;
  std::int64_t row_stride = 0;      // elements between tokens in the merged projection
  std::int64_t rotated_heads = 0;   // query heads + key heads, which lie first in each row
  std::int64_t head_dimension = 0;  // even
  bool inverse = false;
};

// qkv [tokens, row_stride]; cosine, sine fp32 [tokens, head_dimension / 2]. Tokens [begin, end).
void rotary_cpu(const RotaryShape& shape, float* qkv, const float* cosine, const float* sine, std::int64_t begin,
                std::int64_t end);
void rotary_cuda(const RotaryShape& shape, ElementType type, void* qkv, const float* cosine, const float* sine,
                 void* stream);

}  // namespace polyclinic::kernels
