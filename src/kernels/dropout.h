#pragma once
// Dropout by counter: which features a row loses is a pure function of the step's key, the bank, and the row's
// position, sequence and route (Philox4x32-10, core/random.h: words and their order are the same on every device).
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

struct DropoutShape {
  std::int64_t rows = 0;
  std::int64_t features = 0;    // CUDA: a multiple of 8
  std::uint16_t threshold = 0;  // a feature whose 16 bits are below is dropped
  float factor = 1.0F;          // what the others are multiplied by
  std::uint32_t bank = 0;
};

// row_keys uint32 [rows, 3]: position in the sequence, index of the sequence in its step, route. key uint32 [2].
// -> mask fp32 [rows, features]: 0 or factor.
void dropout_mask_cpu(const DropoutShape& shape, const std::uint32_t* row_keys, const std::uint32_t* key, float* mask);
// y = x times the mask, the factor rounded to `type` first; all pointers are of the device. y may be x.
void dropout_cuda(const DropoutShape& shape, ElementType type, const std::uint32_t* row_keys, const std::uint32_t* key,
                  const void* x, void* y, void* stream);

}  // namespace polyclinic::kernels
