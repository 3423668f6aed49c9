#pragma once
// Training on a fixed number of tokens (design.md, section 5): a single task oversamples itself until it has seen what
// a multi-task run saw. Training ends before the first sequence that would go beyond the budget, so that the difference
// is shorter than one sequence.
#include <cstdint>
#include <vector>

#include "train/trainer.h"

namespace polyclinic {

// Optimizer steps until the budget is used up, by walking the sampler's order. `lengths`: tokens of each sequence of
// each part; `members`: how many sequences each of them stands for (empty: one; a list of PartSequence is drawn whole).
// InputError when the budget is smaller than the first sequence.
std::int64_t budget_steps(const std::vector<std::vector<std::int64_t>>& lengths, const std::vector<double>& shares,
                          std::uint64_t data_seed, std::int64_t batch_size, std::int64_t budget,
                          const std::vector<std::vector<std::int64_t>>& members = {});

// Sets budget, steps and the schedule over them, and switches early stopping off: the budget is to be met. The best
// checkpoint on dev is kept all the same.
void apply_token_budget(TrainerOptions& options, const std::vector<std::vector<PartSequence>>& training,
                        std::int64_t budget, double warmup_ratio);

}  // namespace polyclinic
