#pragma once
// Train, score and record one composed experiment.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/study_compose.h"
#include "core/error.h"

namespace polyclinic {

struct RunRequest {
  ComposedStudy composed;
  std::vector<std::string> overrides;
  bool quiet = false;  // no progress
  bool retry_failed = false;
};

struct RunSummary {
  ExitCode exit = ExitCode::done;
  nlohmann::ordered_json record;  // id, folder, scores, tokens, parameters, seconds
  std::string table;              // the same for people
};

// S1 over several tasks is one run a task; every other strategy is one run. One summary a run.
std::vector<RunSummary> run_experiment(const RunRequest& request);

}  // namespace polyclinic
