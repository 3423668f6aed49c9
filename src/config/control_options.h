#pragma once
// Ablations, token control, hyperparameter search, parameter parity. How options are declared: study.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/limits.h"

namespace polyclinic {

struct AblationVariant {
  std::optional<bool> shared;
  std::optional<std::int64_t> shared_rank;
  std::optional<bool> private_adapter;
  std::optional<std::int64_t> private_rank;
  std::optional<std::string> fusion;
  std::optional<std::string> trainable_params;
};
template <class V>
void describe(V& v, AblationVariant& o) {
  v.field("shared", o.shared, "null: true when shared_rank is given", anything());
  v.field("shared_rank", o.shared_rank, "rank of the shared slot", between(1, 4096));
  v.field("private", o.private_adapter, "null: true when private_rank is given", anything());
  v.field("private_rank", o.private_rank, "rank of each private slot", between(1, 4096));
  v.field("fusion", o.fusion, "null: the sum", one_of({"attention", "gated"}));
  v.field("trainable_params", o.trainable_params, "the study's target, e.g. ~26M; see docs/parity.md", anything());
}

struct AblationOptions {
  Named<AblationVariant> variants;
  bool parameter_parity_check = true;
};
template <class V>
void describe(V& v, AblationOptions& o) {
  v.field("parameter_parity_check", o.parameter_parity_check, "refuse a suite outside parity.tolerance", anything());
  v.rest(o.variants, "one architecture of the suite");
}

struct TokenLoggingOptions {
  bool log_tokens_per_step = true;
  bool log_tokens_per_task = true;
  bool log_cumulative_tokens = true;
};
template <class V>
void describe(V& v, TokenLoggingOptions& o) {
  v.field("log_tokens_per_step", o.log_tokens_per_step, "column of the metrics", anything());
  v.field("log_tokens_per_task", o.log_tokens_per_task, "column of the metrics", anything());
  v.field("log_cumulative_tokens", o.log_cumulative_tokens, "column of the metrics", anything());
}

struct TokenControlOptions {
  std::string description;
  std::string method = "oversample_single_task";
  std::string match_to = "S3b_total_tokens";
  TokenLoggingOptions logging;
};
template <class V>
void describe(V& v, TokenControlOptions& o) {
  v.field("description", o.description, "a few lines for people", anything());
  v.field("method", o.method, "how a single task reaches the budget", one_of({"oversample_single_task"}));
  v.field("match_to", o.match_to, "<strategy>_total_tokens or <strategy>_task_tokens of a recorded run", anything());
  v.group("logging", o.logging, "columns of the metrics");
}

struct HalvingOptions {
  std::int64_t reduction_factor = 3;
  std::int64_t rungs = 3;
  std::int64_t min_steps = 100;
};
template <class V>
void describe(V& v, HalvingOptions& o) {
  v.field("reduction_factor", o.reduction_factor, "the best 1 of so many goes on to the next rung", at_least(2));
  v.field("rungs", o.rungs, "lengths of training; the last one is that of the experiment", between(2, 16));
  v.field("min_steps", o.min_steps, "optimizer steps of the first rung; each next one: times reduction_factor",
          at_least(1));
}

struct SearchOptions {
  std::vector<double> learning_rate;
  std::vector<std::int64_t> lora_rank;
  std::vector<std::int64_t> batch_size;
  std::vector<std::int64_t> epochs;
  std::vector<double> warmup_ratio;
  std::vector<std::string> sampling_strategy;
  std::vector<double> temperature;
  std::vector<std::string> loss_weighting;
  std::int64_t full_search_models = 3;
  std::int64_t reduced_search_configs = 4;
  std::string method = "grid";
  std::vector<std::string> full_models;
  std::optional<std::int64_t> max_runs;
  HalvingOptions asha;
};
template <class V>
void describe(V& v, SearchOptions& o) {
  v.field("learning_rate", o.learning_rate, "values of train.learning_rate", above(0));
  v.field("lora_rank", o.lora_rank, "values of model.lora.rank; alpha keeps its ratio to the rank", between(1, 4096));
  v.field("batch_size", o.batch_size, "values of train.batch_size", at_least(1));
  v.field("epochs", o.epochs, "values of train.epochs", at_least(1));
  v.field("warmup_ratio", o.warmup_ratio, "values of train.warmup_ratio", from_to_below(0, 1));
  v.field("sampling_strategy", o.sampling_strategy, "values of strategy.multitask.sampling",
          one_of({"proportional", "uniform", "temperature"}));
  v.field("temperature", o.temperature, "values of strategy.multitask.temperature", at_least(1));
  v.field("loss_weighting", o.loss_weighting, "values of strategy.multitask.loss_weighting",
          one_of({"equal", "uncertainty"}));
  v.field("full_search_models", o.full_search_models, "how many models may get the whole search", at_least(0));
  v.field("reduced_search_configs", o.reduced_search_configs,
          "configurations of each other model: the learning rates, then random ones", at_least(1));
  v.field("method", o.method, "how the space is walked", one_of({"grid", "random", "asha"}));
  v.field("full_models", o.full_models, "their short names, at most full_search_models", anything());
  v.field("max_runs", o.max_runs, "configurations that random and asha try; null: all of the grid", at_least(1));
  v.group("asha", o.asha, "method asha: short trainings first, the best go on");
}

struct ParityOptions {
  std::string count = "active";
  double tolerance = 0.05;
  bool solve = false;
  std::optional<std::int64_t> target;
};
template <class V>
void describe(V& v, ParityOptions& o) {
  v.field("count", o.count, "parameters that one token passes through, or all trained ones",
          one_of({"active", "total"}));
  v.field("tolerance", o.tolerance, "largest relative distance from the target", from_to_below(0, 1));
  v.field("solve", o.solve, "find ranks that meet the target", anything());
  v.field("target", o.target, "parameters; null: the suite's A4", at_least(1));
}

}  // namespace polyclinic
