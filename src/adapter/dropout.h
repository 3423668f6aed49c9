#pragma once
// Dropout by counter: nothing is saved for backward, and a resumed run or another packing repeats the mask.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "adapter/routing.h"

namespace polyclinic {

// x [T, F] times the mask of bank `bank` and 1 / (probability of keeping). Linear, so that backward applies it to the
// gradient. The probability is rounded to a multiple of 2^-16; the factor is exact for the rounded one.
at::Tensor apply_dropout(const at::Tensor& x, const Routing& routing, double probability, std::uint32_t bank);

}  // namespace polyclinic
