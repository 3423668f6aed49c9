// S1: one adapter and one model a task. With several tasks the runs train side by side over one frozen base; nothing of
// one reaches another.
#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) { return options.type == "single_task"; }

StrategyPlan plan_single_task(const StrategyInputs& inputs) {
  const AdapterOptions& adapter = inputs.strategy.adapter;
  refuse_if(adapter.shared || adapter.shared_rank, "a single task has nobody to share an adapter with",
            "strategy.adapter.shared", "set it to false, or type: multi_task");
  refuse_if(!adapter.private_adapter, "a single task needs its private adapter", "strategy.adapter.private",
            "set it to true");
  refuse_if(adapter.fusion.has_value(), "fusion needs a shared and a private adapter", "strategy.adapter.fusion",
            "set it to null");
  refuse_if(wants_surgery(inputs), "gradients of a single task cannot conflict",
            "strategy.gradient.conflict_resolution", "set it to none");
  refuse_hierarchy_options(inputs);
  StrategyPlan plan = base_plan(inputs);
  plan.weighting = Weighting::equal;
  add_private_slots(plan, inputs);
  std::vector<std::int32_t> routes;
  for (std::size_t t = 0; t < inputs.tasks.size(); ++t) {
    plan.adapters.routes.push_back({inputs.tasks[t].name, {t}});
    routes.push_back(static_cast<std::int32_t>(t));
  }
  feed_once(plan, inputs, routes);
  return plan;
}

}  // namespace

const StrategyKind single_task_strategy{"single_task", "one adapter a task (S1)", matches, plan_single_task};

}  // namespace polyclinic
