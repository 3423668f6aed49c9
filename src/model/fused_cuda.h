#pragma once
// The CUDA forms of what fused_operations.cpp and attention.cpp do with src/kernels on the CPU. No autograd in here.
#include <ATen/core/Tensor.h>

#include "kernels/gated_activation.h"
#include "kernels/rms_norm.h"
#include "kernels/rotary.h"

namespace polyclinic {

struct NormForward {
  at::Tensor h;            // the residual stream after the addition; x itself without a residual
  at::Tensor y;            // in `dtype`
  at::Tensor inverse_rms;  // fp32 [T]
};

// x [T, n]; residual of the stream's dtype or undefined; weight fp32 [n], the effective one.
NormForward norm_forward_cuda(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                              const kernels::RmsNormShape& shape, at::ScalarType dtype);
// -> gradient of h in the stream's dtype. `dh` may be undefined.
at::Tensor norm_backward_cuda(const at::Tensor& dy, const at::Tensor& dh, const at::Tensor& h, const at::Tensor& weight,
                              const at::Tensor& inverse_rms, const kernels::RmsNormShape& shape);

at::Tensor gated_forward_cuda(const at::Tensor& gate_up, const kernels::GatedShape& shape);
// Writes the gradient over gate_up, the widest tensor of a block, and returns it: a graph goes backward once.
at::Tensor gated_backward_cuda(const at::Tensor& dy, at::Tensor gate_up, const kernels::GatedShape& shape);

// Turns `rows` in place.
void rotate_cuda(at::Tensor& rows, const at::Tensor& cosine, const at::Tensor& sine, const kernels::RotaryShape& shape);

}  // namespace polyclinic
