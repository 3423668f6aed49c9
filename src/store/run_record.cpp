#include "store/run_record.h"

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::finished:
      return "finished";
    case RunStatus::failed:
      return "failed";
    case RunStatus::stopped:
      return "stopped";
  }
  return "failed";
}

RunStatus run_status(std::string_view name) {
  for (const RunStatus status : {RunStatus::running, RunStatus::finished, RunStatus::failed, RunStatus::stopped}) {
    if (to_string(status) == name) return status;
  }
  throw InputError(concat("'", name, "' is no status of a run"), {}, "use running, finished, failed or stopped");
}

RunTokens RunRecord::total_tokens() const {
  RunTokens sum;
  for (const auto& [task, count] : tokens) {
    sum.fed += count.fed;
    sum.loss_bearing += count.loss_bearing;
    sum.trunk += count.trunk;
  }
  return sum;
}

std::optional<double> RunRecord::detail(const char* key) const {
  const auto found = details.find(key);
  if (found == details.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

namespace {
nlohmann::json json_of(const RunTokens& tokens) {
  return {{"fed", tokens.fed}, {"loss_bearing", tokens.loss_bearing}, {"trunk", tokens.trunk}};
}
}  // namespace

nlohmann::json to_json_object(const RunRecord& run) {
  nlohmann::json tokens = nlohmann::json::object();
  for (const auto& [task, count] : run.tokens) tokens[task] = json_of(count);
  nlohmann::json out = {{"id", run.id},
                        {"identity", run.identity},
                        {"name", run.name},
                        {"model", run.model},
                        {"strategy", run.strategy},
                        {"seed", run.seed},
                        {"data", run.data},
                        {"status", to_string(run.status)},
                        {"started", run.started},
                        {"ended", run.ended},
                        {"reason", run.reason},
                        {"folder", run.folder},
                        {"metrics", run.metrics},
                        {"tokens", tokens},
                        {"total_tokens", json_of(run.total_tokens())},
                        {"parameters", {{"active", run.parameters_active}, {"total", run.parameters_total}}},
                        {"details", run.details}};
  out["score"] = run.score ? nlohmann::json(*run.score) : nlohmann::json();
  return out;
}

}  // namespace polyclinic
