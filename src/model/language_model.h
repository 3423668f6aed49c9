#pragma once
// What needs the vocabulary head: scoring text and pre-training a base. Logits live a chunk of rows at a time, never
// [T, vocabulary] at once, and none is kept for the backward pass.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/pack_tensors.h"
#include "model/trunk.h"

namespace polyclinic {

// Sum over all next-token predictions of -log p (fp32 scalar, differentiable in `hidden` and, in training mode, in the
// head) and how many there are. A sequence of one token predicts nothing.
struct LanguageLoss {
  at::Tensor sum;
  std::int64_t count = 0;
};

// `hidden`: what trunk.forward(pack) returned.
LanguageLoss language_loss(const Trunk& trunk, const at::Tensor& hidden, const PackTensors& pack);

// [T] fp32, no graph: entry t is log p(token t | the tokens before it in its sequence), 0 for each first token.
at::Tensor token_log_probabilities(const Trunk& trunk, const at::Tensor& hidden, const PackTensors& pack);

// hidden [n, hidden] -> logits fp32 [n, vocabulary], soft-capped where the model has a final cap; no graph. For few
// rows (the next token of a prompt).
at::Tensor vocabulary_logits(const Trunk& trunk, const at::Tensor& hidden);

}  // namespace polyclinic
