#pragma once
// One line of the run store.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace polyclinic {

enum class RunStatus { running, finished, failed, stopped };
std::string_view to_string(RunStatus status);
// InputError naming the four when `name` is none of them.
RunStatus run_status(std::string_view name);

// Tokens by task, as TokenCounts::json gives them for one task.
struct RunTokens {
  std::int64_t fed = 0, loss_bearing = 0, trunk = 0;
  bool operator==(const RunTokens&) const = default;
};

struct RunRecord {
  std::string id;                           // run_id(identity)
  std::string identity;                     // run_identity(...)
  std::string name;                         // for people; may repeat
  std::string model;                        // model.short_name
  std::string strategy;                     // "S3b"
  std::string seed;                         // canonical text of the seeds, e.g. "1" or "1,2,3" (data, init, dropout)
  std::map<std::string, std::string> data;  // task -> hash of its data: two runs saw the same data where it agrees
  RunStatus status = RunStatus::running;
  std::string started, ended;                         // UTC, ISO 8601; ended is empty while it runs
  std::string reason;                                 // why it failed or stopped
  std::string folder;                                 // of the run, relative to the results folder
  std::optional<double> score;                        // mean of the tasks' primary metrics
  nlohmann::json metrics = nlohmann::json::object();  // task -> metric -> value; "primary" names the primary one
  std::map<std::string, RunTokens> tokens;            // by task
  std::int64_t parameters_active = 0, parameters_total = 0;
  // Further facts by name, where they are known: dev (best score on dev), conflict_rate (mean over the steps), heads
  // (parameters), steps, best_step, seconds, token_control {run, strategy, budget, difference}.
  nlohmann::json details = nlohmann::json::object();

  std::optional<double> detail(const char* key) const;  // of a number
  RunTokens total_tokens() const;
};

// As `runs show --json` prints it.
nlohmann::json to_json_object(const RunRecord& run);

}  // namespace polyclinic
