#pragma once
// Softmax over attention scores with Gemma-2's soft cap, causal and window masks, for scores that stand whole in
// memory: the path for soft-capped models and for cards without flash attention (compute capability below 8.0).
//   t = tanh(scale s / cap);  z = cap t  (z = scale s without a cap);  p = softmax(z over the keys that row may see)
// The cap is applied before the mask and always in fp32 (a saturating tanh: models.md, C1 3 and 4).
#include <cstdint>

#include "kernels/element_type.h"

namespace polyclinic::kernels {

struct CappedSoftmaxShape {
  std::int64_t sequences = 0;
  std::int64_t heads = 0;
  std::int64_t longest = 0;  // queries and keys of the padded square; CUDA: at most 4096
  float scale = 1.0F;
  float cap = 0.0F;         // 0: none
  std::int64_t window = 0;  // a query sees keys at a distance below this; 0: all
  bool causal = true;
};

// scores [sequences, heads, longest, longest], lengths int32 [sequences] -> p of the same shape; rows and keys beyond a
// sequence's length are 0. `p` may be `scores`.
void capped_softmax_forward_cpu(const CappedSoftmaxShape& shape, const float* scores, const std::int32_t* lengths,
                                float* p);
// dp, scores -> p (made again) and ds. `p` may be `scores`, `ds` may be `dp`.
void capped_softmax_backward_cpu(const CappedSoftmaxShape& shape, const float* dp, const float* scores,
                                 const std::int32_t* lengths, float* p, float* ds);

void capped_softmax_forward_cuda(const CappedSoftmaxShape& shape, ElementType type, const void* scores,
                                 const std::int32_t* lengths, void* p, void* stream);
void capped_softmax_backward_cuda(const CappedSoftmaxShape& shape, ElementType type, const void* dp, const void* scores,
                                  const std::int32_t* lengths, void* p, void* ds, void* stream);

}  // namespace polyclinic::kernels
