#include "strategy/registry.h"

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

// In the order of asking: the first that matches plans the run.
const std::vector<const StrategyKind*>& strategy_kinds() {
  static const std::vector<const StrategyKind*> kinds{
      &inherited_strategy, &hierarchical_strategy, &sequential_strategy,     &single_task_strategy,
      &shared_strategy,    &private_strategy,      &shared_private_strategy,
  };
  return kinds;
}

StrategyPlan plan_strategy(const StrategyInputs& inputs) {
  if (inputs.tasks.empty()) throw InputError("the experiment has no task", {.key = "tasks"});
  for (const StrategyKind* kind : strategy_kinds()) {
    if (!kind->matches(inputs.strategy)) continue;
    StrategyPlan plan = kind->plan(inputs);
    plan.kind = std::string(kind->name);
    plan.adapters.check();
    return plan;
  }
  throw InputError("the strategy has neither a shared nor a private adapter", {.key = "strategy.adapter"},
                   "set adapter.shared or adapter.private");
}

}  // namespace polyclinic
