#pragma once
// Pieces that several strategies build their plan from.
#include <optional>
#include <string>

#include "strategy/plan.h"

namespace polyclinic {

// A plan with dropout, task count, weighting and one phase with all tasks; no slots yet.
StrategyPlan base_plan(const StrategyInputs& inputs);
// alpha keeps the ratio alpha / rank of model.lora, so that rank is the only difference between slots.
SlotSpec make_slot(const StrategyInputs& inputs, std::string name, std::optional<std::int64_t> rank);
// One stream for each task: route `route_of_task[t]`, read by the heads of both levels.
void feed_once(StrategyPlan& plan, const StrategyInputs& inputs, const std::vector<std::int32_t>& route_of_task);
void add_private_slots(StrategyPlan& plan, const StrategyInputs& inputs);
// InputError with `key` when `useless` holds: an option without effect is a mistake of the user's.
void refuse_if(bool useless, const std::string& what, const std::string& key, const std::string& mend);
void refuse_hierarchy_options(const StrategyInputs& inputs);  // cross-level options in a flat strategy
bool wants_surgery(const StrategyInputs& inputs);
Combine combine_named(const std::optional<std::string>& fusion);

}  // namespace polyclinic
