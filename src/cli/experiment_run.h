#pragma once
// Train, score and record one run. An experiment of several runs is taken apart by run_list.h.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/study.h"
#include "core/error.h"
#include "store/run_record.h"

namespace polyclinic {

class TrunkShelf;

struct RunRequest {
  StudyConfig study;
  std::vector<std::string> overrides;  // as they were given, for the run folder
  bool quiet = false;                  // no progress
  bool retry_failed = false;
  TrunkShelf* shelf = nullptr;  // of runs that train side by side
};

enum class RunOutcome {
  finished,       // trained and scored now
  skipped,        // finished before: the recorded result
  stopped,        // saved after a signal or at the time limit
  busy,           // another process has it
  failed_before,  // and retry_failed was not asked for; the reason is in the record
};

struct RunSummary {
  RunOutcome outcome = RunOutcome::finished;
  ExitCode exit = ExitCode::done;
  RunRecord run;                  // as the store has it
  nlohmann::ordered_json record;  // id, folder, scores, tokens, parameters, seconds
  std::string table;              // the same for people
};

// Throws what stopped the run; the store then holds it as failed, with the reason.
RunSummary run_experiment(const RunRequest& request);

}  // namespace polyclinic
