#pragma once
// RMSNorm with the residual addition, and the gated activation, as single autograd nodes over src/kernels. Tensors are
// [T, width]; kernels compute in fp32 whatever the dtype.
#include <ATen/core/Tensor.h>

#include <utility>

#include "kernels/rms_norm.h"
#include "model/model_config.h"

namespace polyclinic {

// One norm of the trunk. `weight` is a parameter in training mode, else frozen.
struct NormWeight {
  at::Tensor weight;         // as in the checkpoint, fp32 [hidden]
  bool unit_offset = false;  // acts as 1 + weight
  double epsilon = 1e-5;
  kernels::NormRounding rounding = kernels::NormRounding::before_weight;  // under half types, on CUDA
};

// y = norm(x), in `dtype`.
at::Tensor rms_norm(const at::Tensor& x, const NormWeight& norm, at::ScalarType dtype);

// h = x + residual in the residual's dtype; y = norm(h) in `dtype`. Returns {h, y}.
std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual, const NormWeight& norm,
                                               at::ScalarType dtype);

// gate_up [T, 2 width], gate first -> f(gate) * up [T, width].
at::Tensor gated_activation(const at::Tensor& gate_up, Activation activation);

}  // namespace polyclinic
