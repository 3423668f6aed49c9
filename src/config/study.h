#pragma once
// The typed configuration of one experiment: what the rest of the program reads. Nothing here knows Hydra.
//
// Each option is declared once: its member gives type and default, its line in describe() gives key, help and limits.
// From describe() come decoding, validation, the refusal of unknown keys, `polyclinic config --help-options` and
// canonical printing (schema.h). A visitor V has
//   v.field(key, member, help, limits)   bool, int64, double, text, lists of these, optional of these (null = unset)
//   v.group(key, member, help)           a struct with its own describe(), or an optional of one
//   v.map(key, member, help)             a vector of (name, struct): a mapping with free names, in their order
//   v.rest(member, help)                 like map, for the keys of this level that no other line names
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/control_options.h"
#include "config/model_options.h"
#include "config/strategy_options.h"
#include "config/task_options.h"
#include "config/train_options.h"

namespace polyclinic {

struct StudyConfig {
  ModelOptions model;
  std::vector<TaskEntry> tasks;  // all of `tasks.*`, else the single `task`; never empty
  StrategyOptions strategy;
  TrainOptions train;
  SeedOptions seed;
  DataOptions data;
  OutputOptions output;
  ParityOptions parity;
  std::optional<AblationOptions> ablations;
  std::optional<TokenControlOptions> token_control;
  std::optional<SearchOptions> hp_search;
};

// The tree as it is written, before `task` and `tasks` become StudyConfig::tasks.
struct StudyTree {
  StudyConfig config;
  std::optional<TaskOptions> task;
  Named<TaskHolder> tasks;
};
template <class V>
void describe(V& v, StudyTree& o) {
  v.group("model", o.config.model, "the base model");
  v.group("task", o.task, "the task of a single-task experiment");
  v.map("tasks", o.tasks, "the tasks of a multi-task experiment: tasks.<name>.task");
  v.group("strategy", o.config.strategy, "how tasks share adapters");
  v.group("train", o.config.train, "the optimiser and its limits");
  v.group("seed", o.config.seed, "random streams, apart from each other");
  v.group("data", o.config.data, "where data lie");
  v.group("output", o.config.output, "where results go");
  v.group("parity", o.config.parity, "equal parameter counts");
  v.group("ablations", o.config.ablations, "the architecture suite A1 to A4");
  v.group("token_control", o.config.token_control, "single tasks on the tokens of a multi-task run");
  v.group("hp_search", o.config.hp_search, "the hyperparameter search space");
}

// The quantisation in force: the strategy's when it names one, else the model's.
const QuantizationOptions& quantization(const StudyConfig& study);

// True when `level` (1 or 2) is among the task's levels.
bool has_level(const TaskOptions& task, std::int64_t level);

}  // namespace polyclinic
