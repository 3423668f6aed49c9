#pragma once
// One experiment put together from its configuration: tasks, tokenizer, trunk, adapters, heads. What run, predict and
// plan share.
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/placement.h"
#include "config/study_compose.h"
#include "strategy/plan.h"
#include "tasks/registry.h"
#include "text/tokenizer.h"
#include "train/trainer.h"

namespace polyclinic {

class TrunkShelf;

// One task of the run with its splits; `parts` are indices into Network::parts().
struct LoadedTask {
  const TaskDefinition* definition = nullptr;
  const TaskOptions* options = nullptr;
  TaskData data;
  std::string key;
  Split training, dev, test;
  std::vector<std::size_t> parts;
};

struct Experiment {
  StudyConfig study;
  std::optional<Placement> placement;  // build_network takes that of prediction where there is none
  TrunkShelf* shelf = nullptr;         // where the base comes from when several runs share it
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<LoadedTask> tasks;
  StrategyPlan plan;
  std::unique_ptr<Network> network;
  std::vector<std::unique_ptr<HeadExample>> encoded;  // keeps what `training` points to
  std::vector<std::vector<PartSequence>> training;    // of each part; what is drawn, lists behind their first
  std::deque<std::vector<PartSequence>> lists;        // keeps what PartSequence::list points to
  std::vector<HeadCounts> counts;                     // of each part, over the training split
  std::optional<std::int64_t> token_budget;           // token control: train on so many tokens
};

// Reads the splits of every task. InputError names the file that is wrong.
std::vector<LoadedTask> load_tasks(const StudyConfig& study, const std::vector<std::string>& splits);
// The strategy over the loaded tasks.
StrategyPlan plan_of(const StudyConfig& study, const std::vector<LoadedTask>& tasks);
// Loads tokenizer and trunk, prepares the heads (from `inventories` of a finished run where they are given) and makes
// the network.
void build_network(Experiment& experiment, const nlohmann::json& inventories = {});
// Encodes the training splits with gold.
void encode_training(Experiment& experiment);
TrainerOptions trainer_options(const Experiment& experiment);

// Predictions of a whole split, all parts of the task in order.
Split predict_split(Experiment& experiment, const LoadedTask& task, const Split& gold);
// The same with the gold mentions given (with_gold_entities) in place of the first part's. Only for tasks with
// mention_scores, all of whose parts are in the network.
Split predict_on_gold_entities(Experiment& experiment, const LoadedTask& task, const Split& gold);
// The same of task.dev, by which heads tune what they have to tune.
Split tune_and_predict_dev(Experiment& experiment, const LoadedTask& task);

// The canonical configuration as JSON (run identity, config.json).
nlohmann::json config_json(const StudyConfig& study);

}  // namespace polyclinic
