// S3b: entity tasks train {shared, level1}, relation tasks {shared, level2}; with cross-level attention a level-2
// sequence is fed on both routes and its head also reads the first stream.
#include <algorithm>

#include "core/concat.h"
#include "strategy/plan_parts.h"
#include "strategy/registry.h"

namespace polyclinic {
namespace {

bool matches(const StrategyOptions& options) {
  return options.type == "multi_task" && options.architecture.type == "hierarchical";
}

TaskFeed feed_of(const StrategyTask& task, bool cross) {
  const bool level1 = std::count(task.levels.begin(), task.levels.end(), 1) > 0;
  const bool level2 = std::count(task.levels.begin(), task.levels.end(), 2) > 0;
  TaskFeed feed;
  if (level1 || (level2 && cross)) feed.streams.push_back(0);
  if (level1) feed.level1_stream = 0;
  if (level2) {
    feed.level2_stream = static_cast<std::int32_t>(feed.streams.size());
    feed.streams.push_back(1);
  }
  return feed;
}

StrategyPlan plan_hierarchical(const StrategyInputs& inputs) {
  const ArchitectureOptions& architecture = inputs.strategy.architecture;
  const AdapterOptions& adapter = inputs.strategy.adapter;
  refuse_if(adapter.shared_rank || adapter.private_rank || adapter.fusion,
            "adapter options have no effect in a hierarchical strategy", "strategy.adapter",
            "set the ranks under architecture");
  refuse_if(architecture.detach_l1_for_l2 && !architecture.cross_level_attention,
            "detach_l1_for_l2 has no effect without cross-level attention", "strategy.architecture.detach_l1_for_l2",
            "set cross_level_attention: true");
  StrategyPlan plan = base_plan(inputs);
  plan.gradient_surgery = wants_surgery(inputs);
  plan.cross_level_attention = architecture.cross_level_attention;
  plan.detach_level1 = architecture.detach_l1_for_l2;
  plan.adapters.slots = {make_slot(inputs, "shared", architecture.shared_rank),
                         make_slot(inputs, "level1", architecture.level1_rank),
                         make_slot(inputs, "level2", architecture.level2_rank)};
  plan.adapters.slots.front().per_task_gradients = plan.gradient_surgery;
  plan.adapters.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  bool any_level2 = false;
  for (const StrategyTask& task : inputs.tasks) {
    plan.feeds.push_back(feed_of(task, plan.cross_level_attention));
    any_level2 = any_level2 || plan.feeds.back().level2_stream >= 0;
  }
  refuse_if(!any_level2, "no task is on level 2, so a hierarchy has no effect", "tasks",
            "add a task with task_level: 2, or use a flat strategy");
  return plan;
}

}  // namespace

const StrategyKind hierarchical_strategy{"hierarchical", "shared, entity-level and relation-level adapters (S3b)",
                                         matches, plan_hierarchical};

}  // namespace polyclinic
