#pragma once
// Learning rate over the optimizer steps, equal to get_scheduler() of HF transformers (linear, cosine,
// constant_with_warmup): the rate that step `step` (0-based) uses.
#include <cstdint>
#include <string>

namespace polyclinic {

enum class ScheduleKind { linear, cosine, constant };

// InputError when `name` is none of linear, cosine, constant.
ScheduleKind schedule_kind(const std::string& name);

struct Schedule {
  ScheduleKind kind = ScheduleKind::linear;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;

  // The factor of the peak learning rate, in [0, 1].
  double factor(std::int64_t step) const;
};

// ceil(warmup_ratio * total_steps), as HF's TrainingArguments.get_warmup_steps().
std::int64_t warmup_steps(double warmup_ratio, std::int64_t total_steps);

}  // namespace polyclinic
