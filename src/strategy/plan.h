#pragma once
// What a strategy is, once composed: slots, routes, which stream each part of a task reads, and how losses and
// gradients combine. A pure function of options and task names: it sees no model.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/slot.h"
#include "config/model_options.h"
#include "config/strategy_options.h"
#include "strategy/weighting.h"

namespace polyclinic {

// One task as a strategy sees it.
struct StrategyTask {
  std::string name;
  std::vector<std::int64_t> levels = {1};  // {1}, {2} or {1, 2}
};

struct StrategyInputs {
  StrategyOptions strategy;
  LoraOptions lora;
  std::vector<StrategyTask> tasks;
};

// How the sequences of one task are fed. A sequence goes through the trunk once for each stream, in one pack.
struct TaskFeed {
  std::vector<std::int32_t> streams;  // routes, in the order of feeding
  // The stream that the head of each level reads; -1: the task has no part on this level.
  std::int32_t level1_stream = -1;
  std::int32_t level2_stream = -1;
};

struct StrategyPlan {
  std::string kind;  // name in the registry
  AdapterPlan adapters;
  std::vector<TaskFeed> feeds;  // one a task
  bool gradient_surgery = false;
  Weighting weighting = Weighting::equal;
  // S3b: level-2 heads read Hb + g attention(Hb, Ha) with Ha = streams[0] and Hb = streams[1] (adapter/cross_level.h).
  bool cross_level_attention = false;
  bool detach_level1 = false;
  // S4: the phases, in order; each trains the tasks of one entry. Otherwise one phase with all tasks.
  std::vector<std::vector<std::size_t>> phases;
  bool elastic_weights = false;
  double elastic_lambda = 0;
  std::int64_t fisher_samples = 0;
};

// Routes that sequences of a part on `level` are fed through; its head reads the last. A level that the task does not
// name is read where its other level is.
std::vector<std::int32_t> streams_of(const StrategyPlan& plan, const TaskFeed& feed, std::int64_t level);

// InputError when the options contradict each other or one of them would have no effect.
StrategyPlan plan_strategy(const StrategyInputs& inputs);

}  // namespace polyclinic
