#pragma once
// Causal language-model training of a small base from scratch: how the project makes its own tiny model. Seeded; the
// same text, options and thread count give the same bits.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/trunk.h"

namespace polyclinic {

struct PretrainOptions {
  std::int64_t steps = 1000;
  std::int64_t batch_tokens = 4096;  // of one optimizer step
  std::int64_t length = 128;         // tokens of one sequence
  double learning_rate = 2e-3;
  double warmup_ratio = 0.05;
  double weight_decay = 0.05;
  double max_grad_norm = 1.0;
  std::uint64_t seed = 1;
};

struct PretrainReport {
  std::int64_t step = 0;
  double loss = 0;  // mean over the step's tokens, natural logarithm
  std::int64_t tokens = 0;
};

// Trains `trunk` (made with TrunkOptions::trainable) to predict each next token. `documents`: token ids, each with its
// BOS; they are laid end to end in a new order every pass and cut into sequences of `length`. Returns the last 50
// steps' mean loss. InputError when the text is shorter than one step.
double pretrain(Trunk& trunk, const std::vector<std::vector<std::int32_t>>& documents, const PretrainOptions& options,
                const std::function<void(const PretrainReport&)>& report);

}  // namespace polyclinic
