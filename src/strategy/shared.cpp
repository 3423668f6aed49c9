// S2 and A1: one slot that all tasks train.
#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) {
  return options.type == "multi_task" && options.architecture.type == "flat" && options.adapter.shared &&
         !options.adapter.private_adapter;
}

StrategyPlan plan_shared(const StrategyInputs& inputs) {
  const AdapterOptions& adapter = inputs.strategy.adapter;
  refuse_if(adapter.private_rank.has_value(), "private_rank has no effect without a private adapter",
            "strategy.adapter.private_rank", "set adapter.private: true, or remove it");
  refuse_if(adapter.fusion.has_value(), "fusion needs a shared and a private adapter", "strategy.adapter.fusion",
            "set it to null");
  refuse_hierarchy_options(inputs);
  StrategyPlan plan = base_plan(inputs);
  plan.gradient_surgery = wants_surgery(inputs);
  plan.adapters.slots.push_back(make_slot(inputs, "shared", adapter.shared_rank));
  plan.adapters.slots.front().per_task_gradients = plan.gradient_surgery;
  plan.adapters.routes.push_back({"shared", {0}});
  feed_once(plan, inputs, std::vector<std::int32_t>(inputs.tasks.size(), 0));
  return plan;
}

}  // namespace

const StrategyKind shared_strategy{"shared", "one adapter for all tasks (S2, A1)", matches, plan_shared};

}  // namespace polyclinic
