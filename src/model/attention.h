#pragma once
// Self-attention over a pack: sequences never see each other. One autograd node takes the merged q, k, v projection,
// applies the rotary embedding and attends. A kernel that cannot honour a soft cap or a window is never used for it.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "model/model_config.h"
#include "model/pack_tensors.h"

namespace polyclinic {

struct AttentionSpec {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  double scale = 1.0;
  double softcap = 0.0;     // 0: none; else cap * tanh(score / cap), before the mask
  std::int64_t window = 0;  // 0: none; else positions at distance >= window are masked
  bool causal = true;
};

// What one forward shares between its layers. Angles are fp32 whatever the trunk's dtype.
struct AttentionContext {
  at::Tensor cosine, sine;                    // fp32 [T, head_dim / 2]
  std::vector<std::int32_t> sequence_starts;  // [S + 1], on the host
  at::Tensor device_starts;                   // the same on the device, int32
  std::int64_t longest = 0;
  bool force_composition = false;  // CUDA: take the path of cards without flash attention (tests)
};

// Rotary frequencies, fp32 [head_dim / 2], with Llama 3.1's rescaling where the model has it.
at::Tensor rotary_frequencies(const ModelConfig& config);

std::shared_ptr<const AttentionContext> make_attention_context(const PackTensors& pack, const at::Tensor& frequencies,
                                                               bool force_composition = false);

// qkv [T, (heads + 2 kv_heads) head_dim], q first -> [T, heads * head_dim]. Turns qkv in place: the caller gives it up.
at::Tensor packed_attention(const at::Tensor& qkv, const AttentionSpec& spec,
                            const std::shared_ptr<const AttentionContext>& context);

}  // namespace polyclinic
