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

std::vector<std::int32_t> streams_of(const StrategyPlan& plan, const TaskFeed& feed, std::int64_t level) {
  const std::int32_t own = level == 2 ? feed.level2_stream : feed.level1_stream;
  const std::int32_t other = level == 2 ? feed.level1_stream : feed.level2_stream;
  const bool second = own >= 0 ? level == 2 : level != 2;  // read on level 2
  if (second && plan.cross_level_attention && feed.streams.size() > 1) return feed.streams;
  return {feed.streams[static_cast<std::size_t>(own >= 0 ? own : other)]};
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
