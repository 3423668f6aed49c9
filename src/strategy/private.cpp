// A2: tasks train together, each with a slot of its own.
#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) {
  return options.type == "multi_task" && options.architecture.type == "flat" && !options.adapter.shared &&
         options.adapter.private_adapter;
}

StrategyPlan plan_private(const StrategyInputs& inputs) {
  const AdapterOptions& adapter = inputs.strategy.adapter;
  refuse_if(adapter.shared_rank.has_value(), "shared_rank has no effect without a shared adapter",
            "strategy.adapter.shared_rank", "set adapter.shared: true, or remove it");
  refuse_if(adapter.fusion.has_value(), "fusion needs a shared and a private adapter", "strategy.adapter.fusion",
            "set it to null");
  refuse_if(wants_surgery(inputs), "private adapters have no gradients in common, so none can conflict",
            "strategy.gradient.conflict_resolution", "set it to none");
  refuse_hierarchy_options(inputs);
  StrategyPlan plan = base_plan(inputs);
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

const StrategyKind private_strategy{"private", "an adapter for each task, trained together (A2)", matches,
                                    plan_private};

}  // namespace polyclinic
