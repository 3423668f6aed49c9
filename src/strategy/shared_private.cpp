// S3a, A3 and A4: a shared slot and one for each task, summed or fused.
#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) {
  return options.type == "multi_task" && options.architecture.type == "flat" && options.adapter.shared &&
         options.adapter.private_adapter;
}

StrategyPlan plan_shared_private(const StrategyInputs& inputs) {
  refuse_hierarchy_options(inputs);
  StrategyPlan plan = base_plan(inputs);
  plan.gradient_surgery = wants_surgery(inputs);
  plan.adapters.combine = combine_named(inputs.strategy.adapter.fusion);
  plan.adapters.slots.push_back(make_slot(inputs, "shared", inputs.strategy.adapter.shared_rank));
  plan.adapters.slots.front().per_task_gradients = plan.gradient_surgery;
  add_private_slots(plan, inputs);
  std::vector<std::int32_t> routes;
  for (std::size_t t = 0; t < inputs.tasks.size(); ++t) {
    plan.adapters.routes.push_back({inputs.tasks[t].name, {0, t + 1}});
    routes.push_back(static_cast<std::int32_t>(t));
  }
  feed_once(plan, inputs, routes);
  return plan;
}

}  // namespace

const StrategyKind shared_private_strategy{"shared_private", "a shared adapter and one a task (S3a, A3, A4)", matches,
                                           plan_shared_private};

}  // namespace polyclinic
