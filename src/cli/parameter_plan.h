#pragma once
// Parameters of an experiment, counted from its configuration and the model's shape alone: no weights, no data.
#include <optional>
#include <string>
#include <vector>

#include "config/study.h"
#include "model/model_config.h"
#include "strategy/suite.h"

namespace polyclinic {

struct ModelShape {
  ModelConfig config;
  std::string source;  // "models/tiny/config.json", or "the published shape of google/gemma-2-2b"
};
// config.json of model.path, else the published shape of model.name. InputError when there is neither.
ModelShape model_shape(const StudyConfig& study);

// The tasks of the experiment as a strategy sees them.
std::vector<StrategyTask> strategy_tasks(const StudyConfig& study);

// Parameters of S3b's cross-level attention; 0 for a strategy without.
std::int64_t cross_level_of(const StrategyPlan& plan, const ModelConfig& shape);

struct ParameterPlan {
  ModelShape shape;
  std::int64_t linears = 0;            // that carry adapters
  std::optional<ParameterCount> own;   // of the composed strategy, when it is not a suite
  std::int64_t cross_level = 0;        // of it: outside the linears (S3b)
  std::optional<CheckedSuite> parity;  // of `ablations`, or of the strategy alone against parity.target
  std::string note;                    // why a strategy cannot be counted (S5 without a finished S3)
};
ParameterPlan plan_parameters(const StudyConfig& study);

// With parity.solve: replaces the ranks of `plan`, that of the composed strategy (a variant of its suite, or alone
// against parity.target), by the solved ones.
void solve_parity(const StudyConfig& study, const ModelConfig& shape, StrategyPlan& plan);

// InputError with every count when a suite that is to be checked is outside the tolerance.
void require_parity(const StudyConfig& study, const ParameterPlan& plan);

// Tables of docs/parity.md: six models x S1 to S5 and A1 to A4, active and total, from the configs in `folder`.
std::string parity_tables(const std::filesystem::path& folder);

}  // namespace polyclinic
