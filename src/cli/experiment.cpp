#include "cli/experiment.h"
#include "cli/parameter_plan.h"
#include "cli/trunk_shelf.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "config/schema.h"
#include "config/study_compose.h"
#include "config/yaml_read.h"
#include "core/concat.h"
#include "core/error.h"
#include "data/held_out.h"
#include "eval/predict.h"
#include "train/token_budget.h"

namespace polyclinic {
namespace {

nlohmann::json node_json(const Node& node) {
  if (node.is_dict()) {
    nlohmann::json object = nlohmann::json::object();
    for (const Node::Entry& entry : node.entries()) object[python_str(entry.key)] = node_json(*entry.node);
    return object;
  }
  if (node.is_list()) {
    nlohmann::json array = nlohmann::json::array();
    for (const NodePtr& item : node.items()) array.push_back(node_json(*item));
    return array;
  }
  const Scalar& value = node.value();
  switch (value.kind) {
    case Scalar::Kind::null:
      return nullptr;
    case Scalar::Kind::boolean:
      return value.boolean;
    case Scalar::Kind::integer:
      return value.integer;
    case Scalar::Kind::real:
      return value.real;
    case Scalar::Kind::text:
      break;
  }
  return value.text;
}

HeadOptions head_options(const LoadedTask& task, const Trunk& trunk, std::int64_t max_tokens) {
  HeadOptions options;
  options.hidden_size = trunk.config().hidden;
  options.bidirectional = trunk.options().attention == AttentionDirection::bidirectional;
  options.window.max_tokens =
      static_cast<std::size_t>(std::min(task.options->preprocessing.max_seq_len.value_or(512), max_tokens));
  options.window.overlap = std::min<std::size_t>(64, options.window.max_tokens / 4);
  options.entity_handling = task.options->preprocessing.entity_handling;
  options.discontiguous = task.options->preprocessing.discontiguous;
  options.terminology = task.options->data.terminology.value_or("");
  options.settings = task.options->head_options;
  return options;
}

TokenLog token_log(const StudyConfig& study) {
  if (!study.strategy.token_logging) return {false, false, false};
  if (!study.token_control) return {};
  const TokenLoggingOptions& logging = study.token_control->logging;
  return {logging.log_tokens_per_step, logging.log_tokens_per_task, logging.log_cumulative_tokens};
}

// A split that the corpus lacks is another one of its files, or held out of training.
void read_splits(LoadedTask& task, const std::vector<std::string>& splits) {
  const TaskDataOptions& data = task.options->data;
  if (data.test_split == "dev" && !data.dev_share) {
    throw InputError("dev cannot be the test split and the dev split at once", {"", 0, 0, "task.data.test_split"},
                     "hold dev out of training: task.data.dev_share=0.1");
  }
  Diagnostics diagnostics;
  for (const std::string& name : splits) {
    if ((name == "dev" && data.dev_share) || (name == "test" && data.test_share)) continue;
    Split split = task.definition->read(task.data, name == "test" ? data.test_split.value_or(name) : name, diagnostics);
    (name == "train" ? task.training : name == "dev" ? task.dev : task.test) = std::move(split);
  }
  if (splits.empty()) return;
  if (data.test_share) {
    task.test = hold_out_dev(task.training, *data.test_share);
    task.test.name = "test";
  }
  if (data.dev_share) task.dev = hold_out_dev(task.training, *data.dev_share);
}

// Sequences of one query become one draw: the first carries the others.
void join_groups(Experiment& experiment, const LoadedTask& task, std::size_t part) {
  std::vector<PartSequence>& training = experiment.training[part];
  std::map<const HeadExample*, std::string> group_of;
  const std::size_t first = experiment.encoded.size() - task.training.examples.size();
  for (std::size_t e = 0; e < task.training.examples.size(); ++e) {
    group_of[experiment.encoded[first + e].get()] = task.training.examples[e].group;
  }
  std::map<std::string, std::pair<std::size_t, std::vector<PartSequence>*>> lists;  // place of the first, the others
  std::vector<PartSequence> drawn;
  for (const PartSequence& item : training) {
    const auto [at, fresh] = lists.try_emplace(group_of.at(item.encoded), drawn.size(), nullptr);
    if (fresh) {
      experiment.lists.emplace_back();
      at->second.second = &experiment.lists.back();
      drawn.push_back(item);
      drawn.back().list = at->second.second;
    } else {
      at->second.second->push_back(item);
    }
  }
  training = std::move(drawn);
}

// Shares of the sequences -> shares of the draws, where a part draws several at once.
void share_draws(std::vector<double>& shares, const std::vector<std::vector<PartSequence>>& training,
                 const std::vector<std::int64_t>& sizes) {
  bool changed = false;
  double sum = 0;
  for (std::size_t p = 0; p < shares.size(); ++p) {
    if (sizes[p] > static_cast<std::int64_t>(training[p].size())) {
      shares[p] *= static_cast<double>(training[p].size()) / static_cast<double>(sizes[p]);
      changed = true;
    }
    sum += shares[p];
  }
  for (double& share : shares) share = changed ? share / sum : share;
}

std::int64_t epoch_steps(const TrainOptions& train, std::int64_t sequences) {
  return (train.epochs * sequences + train.batch_size - 1) / train.batch_size;
}

Schedule schedule_over(const TrainOptions& train, std::int64_t steps) {
  return {schedule_kind(train.schedule), warmup_steps(train.warmup_ratio, steps), steps};
}

std::vector<double> mix_shares(const MultitaskOptions& mix, const std::vector<std::int64_t>& sizes) {
  return sampling_shares(sizes.size() == 1 ? "proportional" : mix.sampling, mix.temperature, sizes);
}

// One phase for each entry of the plan's. train.max_steps is shared out by the phases' sizes, so that the run is as
// long as another strategy's.
std::vector<Phase> phases_of(const Experiment& experiment, const std::vector<std::int64_t>& sizes) {
  const TrainOptions& train = experiment.study.train;
  const auto all = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
  std::vector<Phase> phases;
  for (const std::vector<std::size_t>& tasks : experiment.plan.phases) {
    Phase phase;
    std::vector<std::size_t> parts;
    std::vector<std::int64_t> own;
    std::int64_t sequences = 0;
    for (const std::size_t t : tasks) {
      const LoadedTask& task = experiment.tasks[t];
      phase.name += concat(phase.name.empty() ? "" : "+", task.key);
      for (const std::size_t p : task.parts) {
        parts.push_back(p);
        own.push_back(sizes[p]);
        sequences += sizes[p];
      }
    }
    phase.shares.assign(sizes.size(), 0);
    const std::vector<double> shares = mix_shares(experiment.study.strategy.multitask, own);
    for (std::size_t i = 0; i < parts.size(); ++i) phase.shares[parts[i]] = shares[i];
    share_draws(phase.shares, experiment.training, sizes);
    phase.steps = epoch_steps(train, sequences);
    if (train.max_steps) {
      const double share = static_cast<double>(*train.max_steps) * static_cast<double>(sequences) / all;
      phase.steps = std::min(phase.steps, std::max<std::int64_t>(1, std::llround(share)));
    }
    phase.schedule = schedule_over(train, phase.steps);
    phases.push_back(std::move(phase));
  }
  return phases;
}

// The heads of every task, in the order of the tasks and their parts, prepared or restored.
std::vector<Part> make_parts(Experiment& experiment, const Trunk& trunk, const nlohmann::json& inventories) {
  std::vector<Part> parts;
  for (std::size_t t = 0; t < experiment.tasks.size(); ++t) {
    LoadedTask& task = experiment.tasks[t];
    for (const TaskPart& wanted : task.definition->parts) {
      Part part;
      part.name = task.definition->parts.size() == 1 ? task.key : concat(task.key, ".", wanted.name);
      part.head = make_head(task.options->head.value_or(wanted.head),
                            head_options(task, trunk, experiment.study.train.max_tokens));
      if (inventories.contains(part.name)) {
        part.head->restore(inventories.at(part.name));
      } else {
        part.head->prepare(task.training.examples);
      }
      part.streams = streams_of(experiment.plan, experiment.plan.feeds[t], wanted.level);
      task.parts.push_back(parts.size());
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

}  // namespace

nlohmann::json config_json(const StudyConfig& study) { return node_json(*read_yaml(canonical_yaml(study), "config")); }

std::vector<LoadedTask> load_tasks(const StudyConfig& study, const std::vector<std::string>& splits) {
  std::vector<LoadedTask> tasks;
  for (const TaskEntry& entry : study.tasks) {
    LoadedTask task;
    task.definition = &find_task(entry.task.name);
    task.options = &entry.task;
    const std::string& metric = entry.task.evaluation.primary_metric;
    if (!metric.empty() && metric != task.definition->primary_metric) {
      throw InputError(
          concat("the official metric of ", task.definition->name, " is ", task.definition->primary_metric),
          {.key = concat(entry.key, ".evaluation.primary_metric")}, "set that; other scores are recorded too");
    }
    task.key = entry.key;
    task.data = {entry.task.data.path.value_or(""),
                 entry.task.data.format.value_or(""),
                 entry.task.subtask.value_or(""),
                 {entry.task.options.begin(), entry.task.options.end()}};
    read_splits(task, splits);
    tasks.push_back(std::move(task));
  }
  return tasks;
}

StrategyPlan plan_of(const StudyConfig& study, const std::vector<LoadedTask>& tasks) {
  StrategyInputs inputs{study.strategy, study.model.lora, {}};
  for (const LoadedTask& task : tasks) inputs.tasks.push_back({task.key, task.options->task_level});
  return plan_strategy(inputs);
}

void build_network(Experiment& experiment, const nlohmann::json& inventories) {
  const StudyConfig& study = experiment.study;
  if (study.train.threads > 0) at::set_num_threads(static_cast<int>(study.train.threads));
  if (!experiment.placement) experiment.placement = place_prediction(study);
  const Placement& place = *experiment.placement;
  experiment.tokenizer = std::make_unique<Tokenizer>(Tokenizer::from_folder(place.folder));
  Trunk trunk = experiment.shelf != nullptr ? experiment.shelf->take(place.folder, place.model, place.trunk)
                                            : Trunk::from_source(place.model, open_weights(place.folder), place.trunk);
  experiment.plan = plan_of(study, experiment.tasks);
  solve_parity(study, trunk.config(), experiment.plan);
  std::vector<Part> parts = make_parts(experiment, trunk, inventories);
  AdapterPlan adapters = experiment.plan.adapters;
  adapters.tasks = static_cast<std::int64_t>(parts.size());
  experiment.network = std::make_unique<Network>(
      std::move(trunk), adapters, std::move(parts),
      NetworkOptions{study.model.lora.target_modules, experiment.plan.weighting == Weighting::uncertainty,
                     experiment.plan.detach_level1});
  experiment.network->initialise(static_cast<std::uint64_t>(study.seed.init));
}

void encode_training(Experiment& experiment) {
  experiment.training.resize(experiment.network->parts().size());
  experiment.counts.resize(experiment.network->parts().size());
  for (const LoadedTask& task : experiment.tasks) {
    for (const std::size_t part : task.parts) {
      for (const Example& example : task.training.examples) {
        experiment.encoded.push_back(experiment.network->parts()[part].head->encode(example, *experiment.tokenizer,
                                                                                    true, experiment.counts[part]));
        const HeadExample& encoded = *experiment.encoded.back();
        for (std::size_t s = 0; s < encoded.sequences.size(); ++s) {
          if (encoded.units[s] > 0) experiment.training[part].push_back({part, &encoded, s});
        }
      }
      if (experiment.network->parts()[part].head->joins_groups()) join_groups(experiment, task, part);
      if (experiment.training[part].empty()) {
        throw InputError(concat("no training sequence for ", experiment.network->parts()[part].name));
      }
    }
  }
}

TrainerOptions trainer_options(const Experiment& experiment) {
  const TrainOptions& train = experiment.study.train;
  TrainerOptions options;
  std::vector<std::int64_t> sizes;  // sequences of each part
  std::int64_t sequences = 0;
  for (const auto& part : experiment.training) {
    sizes.push_back(0);
    for (const PartSequence& item : part) sizes.back() += item.drawn_sequences();
    sequences += sizes.back();
  }
  options.steps = epoch_steps(train, sequences);
  if (train.max_steps) options.steps = std::min(options.steps, *train.max_steps);
  options.batch_size = train.batch_size;
  options.learning_rate = train.learning_rate;
  options.schedule = schedule_over(train, options.steps);
  options.adamw = {train.adam_beta1, train.adam_beta2, train.adam_epsilon, train.weight_decay};
  options.step = {experiment.placement->tokens,
                  train.max_grad_norm,
                  experiment.plan.weighting,
                  experiment.plan.gradient_surgery,
                  static_cast<std::uint64_t>(experiment.study.seed.data),
                  static_cast<std::uint64_t>(experiment.study.seed.dropout)};
  options.loss_scaling = experiment.network->trunk().options().dtype == at::kHalf;
  options.eval_every = train.eval_every_n_steps;
  options.patience = train.early_stopping_patience;
  options.checkpoint_every_steps = train.checkpoint_every_n_steps;
  options.checkpoint_every_seconds = train.checkpoint_every_seconds;
  options.data_seed = static_cast<std::uint64_t>(experiment.study.seed.data);
  options.shares = mix_shares(experiment.study.strategy.multitask, sizes);
  share_draws(options.shares, experiment.training, sizes);
  if (experiment.plan.phases.size() > 1) {
    options.phases = phases_of(experiment, sizes);
    options.elastic_weights = experiment.plan.elastic_weights;
    options.elastic_lambda = experiment.plan.elastic_lambda;
    options.fisher_samples = experiment.plan.fisher_samples;
  }
  options.token_log = token_log(experiment.study);
  if (experiment.token_budget)
    apply_token_budget(options, experiment.training, *experiment.token_budget, train.warmup_ratio);
  return options;
}

namespace {

void predict_parts(Experiment& experiment, const LoadedTask& task, std::size_t first, Split& split) {
  for (std::size_t p = first; p < task.parts.size(); ++p) {
    predict_part(*experiment.network, task.parts[p], *experiment.tokenizer, experiment.study.train.max_tokens,
                 split.examples);
  }
}

}  // namespace

Split predict_split(Experiment& experiment, const LoadedTask& task, const Split& gold) {
  Split predicted = prediction_input(*task.definition, gold);
  predict_parts(experiment, task, 0, predicted);
  return predicted;
}

Split predict_on_gold_entities(Experiment& experiment, const LoadedTask& task, const Split& gold) {
  Split predicted = with_gold_entities(*task.definition, gold);
  predict_parts(experiment, task, 1, predicted);
  return predicted;
}

Split tune_and_predict_dev(Experiment& experiment, const LoadedTask& task) {
  Split predicted = prediction_input(*task.definition, task.dev);
  const auto tune = [&](std::size_t part, Split& split) {
    tune_and_predict_part(*experiment.network, part, *experiment.tokenizer, experiment.study.train.max_tokens,
                          task.dev.examples, split.examples);
  };
  for (std::size_t p = 0; p < task.parts.size(); ++p) {
    const std::size_t part = task.parts[p];
    if (p == 0 || !experiment.network->parts()[part].head->tunes()) {
      tune(part, predicted);
      continue;
    }
    Split given = with_gold_entities(*task.definition, task.dev);  // what it judges is then comparable with gold
    tune(part, given);
    predict_part(*experiment.network, part, *experiment.tokenizer, experiment.study.train.max_tokens,
                 predicted.examples);
  }
  return predicted;
}

}  // namespace polyclinic
