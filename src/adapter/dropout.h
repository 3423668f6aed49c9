#pragma once
// Dropout by counter: a resumed run or another packing repeats the mask.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "adapter/routing.h"

namespace polyclinic {

// x [T, F] times the mask of bank `bank` and 1 / (probability of keeping). Linear, so that backward applies it to the
// gradient. The probability is rounded to a multiple of 2^-16; the factor is exact for the rounded one.
// CPU: `kept` [T, F] bool is the mask when it is defined and becomes it when not, so that the passes of one call draw
// it once. A card draws it anew each time, which costs less than to keep it.
at::Tensor apply_dropout(const at::Tensor& x, const Routing& routing, double probability, std::uint32_t bank,
                         at::Tensor* kept = nullptr);

}  // namespace polyclinic
