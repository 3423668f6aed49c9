#include "strategy/plan_parts.h"

#include <numeric>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

StrategyPlan base_plan(const StrategyInputs& inputs) {
  StrategyPlan plan;
  plan.adapters.dropout = inputs.lora.dropout;
  plan.adapters.tasks = static_cast<std::int64_t>(inputs.tasks.size());
  plan.weighting = weighting_named(inputs.strategy.multitask.loss_weighting);
  plan.phases.emplace_back(inputs.tasks.size());
  std::iota(plan.phases.front().begin(), plan.phases.front().end(), std::size_t{0});
  return plan;
}

SlotSpec make_slot(const StrategyInputs& inputs, std::string name, std::optional<std::int64_t> rank) {
  SlotSpec slot;
  slot.name = std::move(name);
  slot.rank = rank.value_or(inputs.lora.rank);
  slot.alpha = inputs.lora.alpha * static_cast<double>(slot.rank) / static_cast<double>(inputs.lora.rank);
  return slot;
}

void feed_once(StrategyPlan& plan, const StrategyInputs& inputs, const std::vector<std::int32_t>& route_of_task) {
  for (std::size_t t = 0; t < inputs.tasks.size(); ++t) {
    TaskFeed feed;
    feed.streams = {route_of_task[t]};
    for (const std::int64_t level : inputs.tasks[t].levels) (level == 1 ? feed.level1_stream : feed.level2_stream) = 0;
    plan.feeds.push_back(feed);
  }
}

void add_private_slots(StrategyPlan& plan, const StrategyInputs& inputs) {
  for (const StrategyTask& task : inputs.tasks) {
    plan.adapters.slots.push_back(
        make_slot(inputs, concat("private.", task.name), inputs.strategy.adapter.private_rank));
  }
}

void refuse_if(bool useless, const std::string& what, const std::string& key, const std::string& mend) {
  if (useless) throw InputError(what, {.key = key}, mend);
}

void refuse_hierarchy_options(const StrategyInputs& inputs) {
  const ArchitectureOptions& a = inputs.strategy.architecture;
  refuse_if(a.shared_rank || a.level1_rank || a.level2_rank, "ranks of a hierarchy have no effect in a flat strategy",
            "strategy.architecture", "set architecture.type: hierarchical, or the ranks under adapter");
  refuse_if(a.detach_l1_for_l2, "detach_l1_for_l2 has no effect in a flat strategy",
            "strategy.architecture.detach_l1_for_l2", "set architecture.type: hierarchical");
}

bool wants_surgery(const StrategyInputs& inputs) { return inputs.strategy.gradient.conflict_resolution == "pcgrad"; }

Combine combine_named(const std::optional<std::string>& fusion) {
  if (!fusion) return Combine::sum;
  if (*fusion == "attention") return Combine::attention;
  if (*fusion == "gated") return Combine::gated;
  throw InputError(concat("fusion ", *fusion, " is not known"), {.key = "strategy.adapter.fusion"},
                   "use attention, gated or null");
}

}  // namespace polyclinic
