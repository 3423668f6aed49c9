#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

ScheduleKind schedule_kind(const std::string& name) {
  if (name == "linear") return ScheduleKind::linear;
  if (name == "cosine") return ScheduleKind::cosine;
  if (name == "constant") return ScheduleKind::constant;
  throw InputError(concat("unknown schedule '", name, "'"), {"", 0, 0, "train.schedule"},
                   "choose one of linear, cosine, constant");
}

double Schedule::factor(std::int64_t step) const {
  if (step < warmup_steps) {
    return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, warmup_steps));
  }
  const double rest = static_cast<double>(std::max<std::int64_t>(1, total_steps - warmup_steps));
  switch (kind) {
    case ScheduleKind::linear:
      return std::max(0.0, static_cast<double>(total_steps - step) / rest);
    case ScheduleKind::cosine: {
      const double progress = static_cast<double>(step - warmup_steps) / rest;
      return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
    }
    case ScheduleKind::constant:
      break;
  }
  return 1.0;
}

std::int64_t warmup_steps(double warmup_ratio, std::int64_t total_steps) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(total_steps) * warmup_ratio));
}

}  // namespace polyclinic
