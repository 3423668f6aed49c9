// S4: one shared slot, the tasks one after another, EWC against forgetting.
#include <algorithm>

#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) { return options.type == "sequential"; }

StrategyPlan plan_sequential(const StrategyInputs& inputs) {
  const AdapterOptions& adapter = inputs.strategy.adapter;
  refuse_if(!adapter.shared || adapter.private_adapter, "sequential transfer carries one shared adapter",
            "strategy.adapter", "set adapter.shared: true and adapter.private: false");
  refuse_if(adapter.private_rank || adapter.fusion, "private_rank and fusion have no effect in a sequential strategy",
            "strategy.adapter", "remove them");
  refuse_if(wants_surgery(inputs), "tasks that train one after another have no gradients that conflict",
            "strategy.gradient.conflict_resolution", "set it to none");
  refuse_hierarchy_options(inputs);
  const SequentialOptions& sequential = inputs.strategy.sequential;
  StrategyPlan plan = base_plan(inputs);
  plan.weighting = Weighting::equal;
  plan.adapters.slots.push_back(make_slot(inputs, "shared", adapter.shared_rank));
  plan.adapters.routes.push_back({"shared", {0}});
  feed_once(plan, inputs, std::vector<std::int32_t>(inputs.tasks.size(), 0));
  std::vector<std::size_t> order = plan.phases.front();
  if (sequential.order == "level") {
    const auto level = [&](std::size_t t) {
      return *std::min_element(inputs.tasks[t].levels.begin(), inputs.tasks[t].levels.end());
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return level(a) < level(b); });
  }
  plan.phases.clear();
  for (const std::size_t t : order) plan.phases.push_back({t});
  plan.elastic_weights = sequential.ewc;
  plan.elastic_lambda = sequential.ewc_lambda;
  plan.fisher_samples = sequential.fisher_samples;
  return plan;
}

}  // namespace

const StrategyKind sequential_strategy{"sequential", "one task after another (S4)", matches, plan_sequential};

}  // namespace polyclinic
