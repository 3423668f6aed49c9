#include "train/token_budget.h"

#include <limits>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

std::int64_t budget_steps(const std::vector<std::vector<std::int64_t>>& lengths, const std::vector<double>& shares,
                          std::uint64_t data_seed, std::int64_t batch_size, std::int64_t budget,
                          const std::vector<std::vector<std::int64_t>>& members) {
  std::vector<std::int64_t> sizes;
  for (const auto& part : lengths) sizes.push_back(static_cast<std::int64_t>(part.size()));
  TaskSampler sampler(shares, sizes, data_seed);
  std::int64_t steps = 0, open = 0;  // whole steps, sequences of the one that is being filled
  for (std::int64_t fed = 0;;) {
    const Draw draw = sampler.next();
    fed += lengths[draw.task][draw.example];
    if (fed > budget) break;
    open += members.empty() ? 1 : members[draw.task][draw.example];
    if (open >= batch_size) ++steps, open = 0;
  }
  if (steps + open == 0) {
    throw InputError(concat("the budget of ", budget, " tokens is smaller than one sequence"), {.key = "token_control"},
                     "match a run that trained longer");
  }
  return steps + (open > 0);
}

void apply_token_budget(TrainerOptions& options, const std::vector<std::vector<PartSequence>>& training,
                        std::int64_t budget, double warmup_ratio) {
  std::vector<std::vector<std::int64_t>> lengths, members;
  for (const auto& part : training) {
    lengths.emplace_back();
    members.emplace_back();
    for (const PartSequence& item : part) {
      lengths.back().push_back(item.drawn_tokens());
      members.back().push_back(item.drawn_sequences());
    }
  }
  options.token_budget = budget;
  options.steps = budget_steps(lengths, options.shares, options.data_seed, options.batch_size, budget, members);
  options.schedule = {options.schedule.kind, warmup_steps(warmup_ratio, options.steps), options.steps};
  options.patience = std::numeric_limits<std::int64_t>::max();
}

}  // namespace polyclinic
