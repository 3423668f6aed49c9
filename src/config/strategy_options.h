#pragma once
// The `strategy` node: which adapter slots exist and how tasks share them. How options are declared: study.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/limits.h"
#include "config/model_options.h"

namespace polyclinic {

struct AdapterOptions {
  bool shared = false;
  std::optional<std::int64_t> shared_rank;
  bool private_adapter = true;
  std::optional<std::int64_t> private_rank;
  std::optional<std::string> fusion;
};
template <class V>
void describe(V& v, AdapterOptions& o) {
  v.field("shared", o.shared, "one slot that all tasks train", anything());
  v.field("shared_rank", o.shared_rank, "its rank; null: model.lora.rank", between(1, 4096));
  v.field("private", o.private_adapter, "one slot for each task", anything());
  v.field("private_rank", o.private_rank, "its rank; null: model.lora.rank", between(1, 4096));
  v.field("fusion", o.fusion, "how shared and private outputs combine; null: their sum",
          one_of({"attention", "gated"}));
}

struct ArchitectureOptions {
  std::string type = "flat";
  std::optional<std::int64_t> shared_rank, level1_rank, level2_rank;
  bool cross_level_attention = true;
  bool detach_l1_for_l2 = false;
  std::optional<std::string> inherit_from;
};
template <class V>
void describe(V& v, ArchitectureOptions& o) {
  v.field("type", o.type, "flat: slots of `adapter`; hierarchical: shared, level 1 and level 2",
          one_of({"flat", "hierarchical"}));
  v.field("shared_rank", o.shared_rank, "rank of the shared slot", between(1, 4096));
  v.field("level1_rank", o.level1_rank, "rank of the slot of entity tasks", between(1, 4096));
  v.field("level2_rank", o.level2_rank, "rank of the slot of relation tasks", between(1, 4096));
  v.field("cross_level_attention", o.cross_level_attention, "level 2 attends to level 1's states", anything());
  v.field("detach_l1_for_l2", o.detach_l1_for_l2, "stop the gradient from level 2 into level 1", anything());
  v.field("inherit_from", o.inherit_from, "take the architecture of a recorded run", one_of({"best_s3"}));
}

struct GradientOptions {
  std::string conflict_resolution = "none";
};
template <class V>
void describe(V& v, GradientOptions& o) {
  v.field("conflict_resolution", o.conflict_resolution, "how conflicting task gradients combine",
          one_of({"none", "pcgrad"}));
}

struct MultitaskOptions {
  std::string sampling = "temperature";
  double temperature = 2.0;
  std::string loss_weighting = "uncertainty";
};
template <class V>
void describe(V& v, MultitaskOptions& o) {
  v.field("sampling", o.sampling, "share of each task: by size, even, or size^(1/temperature)",
          one_of({"proportional", "uniform", "temperature"}));
  v.field("temperature", o.temperature, "tau of sampling: temperature", at_least(1));
  v.field("loss_weighting", o.loss_weighting, "weights of the tasks' losses", one_of({"equal", "uncertainty"}));
}

// What a strategy says about the length of training; train/default.yaml reads it by interpolation, the program never.
struct StrategyTrainingOptions {
  std::optional<std::int64_t> epochs, early_stopping_patience, eval_every_n_steps;
};
template <class V>
void describe(V& v, StrategyTrainingOptions& o) {
  v.field("epochs", o.epochs, "what train.epochs is unless it is set itself", at_least(1));
  v.field("early_stopping_patience", o.early_stopping_patience, "likewise", at_least(1));
  v.field("eval_every_n_steps", o.eval_every_n_steps, "likewise", at_least(1));
}

struct SequentialOptions {
  std::string order = "level";
  bool ewc = true;
  double ewc_lambda = 1.0;
  std::int64_t fisher_samples = 256;
};
template <class V>
void describe(V& v, SequentialOptions& o) {
  v.field("order", o.order, "order of the tasks: by level, or as the configuration lists them",
          one_of({"level", "listed"}));
  v.field("ewc", o.ewc, "elastic weight consolidation against forgetting", anything());
  v.field("ewc_lambda", o.ewc_lambda, "weight of its penalty", at_least(0));
  v.field("fisher_samples", o.fisher_samples, "examples of a finished task that estimate its Fisher diagonal",
          at_least(1));
}

struct StrategyOptions {
  std::string name;
  std::string type = "single_task";
  std::string description;
  AdapterOptions adapter;
  ArchitectureOptions architecture;
  GradientOptions gradient;
  MultitaskOptions multitask;
  SequentialOptions sequential;
  StrategyTrainingOptions training;
  std::optional<QuantizationOptions> quantization;
  bool token_logging = true;
};
template <class V>
void describe(V& v, StrategyOptions& o) {
  v.field("name", o.name, "name in tables and run folders", anything());
  v.field("type", o.type, "one model a task, one for all, or one task after another",
          one_of({"single_task", "multi_task", "sequential"}));
  v.field("description", o.description, "one line for people", anything());
  v.group("adapter", o.adapter, "slots of a flat strategy");
  v.group("architecture", o.architecture, "flat or hierarchical");
  v.group("gradient", o.gradient, "gradient surgery on shared slots");
  v.group("multitask", o.multitask, "task mix and loss weights");
  v.group("sequential", o.sequential, "one task after another (S4)");
  v.group("training", o.training, "length of training");
  v.group("quantization", o.quantization, "replaces model.quantization");
  v.field("token_logging", o.token_logging, "record the tokens of each task and step", anything());
}

}  // namespace polyclinic
