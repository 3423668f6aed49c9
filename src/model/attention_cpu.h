#pragma once
// Attention of one pack on the CPU, sequence by sequence: flash attention where nothing hinders, else a composition
// in fp32. No autograd in here.
#include <ATen/core/Tensor.h>

#include <vector>

#include "model/attention.h"

namespace polyclinic {

// One sequence's saved state: the flash kernel's log-sum-exp, or undefined where the composition ran.
struct AttentionSaved {
  at::Tensor out;                     // [T, heads * head_dim]
  std::vector<at::Tensor> logsumexp;  // one a sequence
};

// `qkv` is already rotated.
AttentionSaved attention_forward_cpu(const at::Tensor& qkv, const AttentionSpec& spec,
                                     const std::vector<std::int32_t>& starts);
// -> gradient of the rotated qkv, same shape.
at::Tensor attention_backward_cpu(const at::Tensor& dout, const at::Tensor& qkv, const AttentionSaved& saved,
                                  const AttentionSpec& spec, const std::vector<std::int32_t>& starts);

}  // namespace polyclinic
