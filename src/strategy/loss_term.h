#pragma once
// The loss of one task over one optimizer step, summed over its loss-bearing units (tokens or examples). Dividing by
// the step's true count comes last, so that micro-batches of any size add up to the same step.
#include <cstddef>
#include <cstdint>

namespace polyclinic {

struct LossTerm {
  std::size_t task = 0;
  double sum = 0;          // of the units' losses
  std::int64_t count = 0;  // loss-bearing units; 0: the task is not in this step
  double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0.0; }
};

}  // namespace polyclinic
