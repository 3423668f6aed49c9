#pragma once
// Attention of one pack on a CUDA device. Two paths, chosen by what a kernel can honour and never silently:
//   flash        fp16 or bf16, no soft cap, a head size that the kernel has, compute capability 8.0 or above: variable-
//                length flash attention (windows honoured)
//   composition  all else (soft caps, fp32, a T4): padded squares, batched products, our capped softmax
#include <ATen/core/Tensor.h>

#include "model/attention.h"

namespace polyclinic {

enum class CudaAttentionPath : std::uint8_t { flash, composition };

// The path for tensors like `qkv` on its device. `force_composition` tests the T4's path on a newer card.
CudaAttentionPath cuda_attention_path(const at::Tensor& qkv, const AttentionSpec& spec, bool force_composition = false);

struct CudaAttentionSaved {
  at::Tensor out;                              // [T, heads * head_dim]
  at::Tensor logsumexp, random_state, unused;  // of the flash path; undefined on the other
};

// `qkv` [T, (heads + 2 kv_heads) head_dim] is already rotated. Nothing here waits for the device.
CudaAttentionSaved attention_forward_cuda(const at::Tensor& qkv, const AttentionSpec& spec,
                                          const AttentionContext& context, CudaAttentionPath path);
// -> gradient of the rotated qkv, same shape.
at::Tensor attention_backward_cuda(const at::Tensor& dout, const at::Tensor& qkv, const CudaAttentionSaved& saved,
                                   const AttentionSpec& spec, const AttentionContext& context, CudaAttentionPath path);

}  // namespace polyclinic
