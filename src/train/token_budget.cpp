#include "train/token_budget.h"

#include <limits>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

std::int64_t budget_steps(const std::vector<std::vector<std::int64_t>>& lengths, const std::vector<double>& shares,
                          std::uint64_t data_seed, std::int64_t batch_size, std::int64_t budget) {
  std::vector<std::int64_t> sizes;
  for (const auto& part : lengths) sizes.push_back(static_cast<std::int64_t>(part.size()));
  TaskSampler sampler(shares, sizes, data_seed);
  std::int64_t sequences = 0;
  for (std::int64_t fed = 0;; ++sequences) {
    const Draw draw = sampler.next();
    fed += lengths[draw.task][draw.example];
    if (fed > budget) break;
  }
  if (sequences == 0) {
    throw InputError(concat("the budget of ", budget, " tokens is smaller than one sequence"), {.key = "token_control"},
                     "match a run that trained longer");
  }
  return (sequences + batch_size - 1) / batch_size;
}

void apply_token_budget(TrainerOptions& options, const std::vector<std::vector<PartSequence>>& training,
                        std::int64_t budget, double warmup_ratio) {
  std::vector<std::vector<std::int64_t>> lengths;
  for (const auto& part : training) {
    lengths.emplace_back();
    for (const PartSequence& item : part) {
      lengths.back().push_back(static_cast<std::int64_t>(item.tokens().token_ids.size()));
    }
  }
  options.token_budget = budget;
  options.steps = budget_steps(lengths, options.shares, options.data_seed, options.batch_size, budget);
  options.schedule = {options.schedule.kind, warmup_steps(warmup_ratio, options.steps), options.steps};
  options.patience = std::numeric_limits<std::int64_t>::max();
}

}  // namespace polyclinic
