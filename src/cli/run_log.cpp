#include "cli/run_log.h"

#include <sstream>

#include "core/files.h"

namespace polyclinic {
namespace {

using Values = std::vector<std::pair<std::string, double>>;

void add_tokens(const nlohmann::json& tokens, Values& values) {
  if (tokens.contains("total")) values.emplace_back("tokens", tokens["total"]["fed"].get<double>());
  if (!tokens.contains("tasks")) return;
  for (const auto& [task, count] : tokens["tasks"].items()) {
    values.emplace_back("tokens/" + task, count["fed"].get<double>());
  }
}

void log_events(EventWriter& events, const nlohmann::json& line) {
  Values values;
  for (const char* key : {"loss", "learning_rate", "gradient_norm", "dev", "conflict_rate"}) {
    if (line.contains(key)) values.emplace_back(key, line.at(key).get<double>());
  }
  if (line.contains("task_loss")) {
    for (const auto& [task, loss] : line.at("task_loss").items()) {
      values.emplace_back("loss/" + task, loss.get<double>());
    }
  }
  if (line.contains("step_tokens")) values.emplace_back("tokens/step", line["step_tokens"].get<double>());
  if (line.contains("tokens")) add_tokens(line["tokens"], values);
  events.scalars(line.at("step").get<std::int64_t>(), values);
}

}  // namespace

RunLog::RunLog(const RunFolder& folder, std::int64_t resumed_step, bool tensorboard)
    : metrics_(folder.metrics(), resumed_step) {
  if (tensorboard) events_ = std::make_unique<EventWriter>(folder.events(), resumed_step);
}

void RunLog::append(const nlohmann::json& line) {
  metrics_.append(line);
  if (events_) log_events(*events_, line);
}

std::optional<double> mean_of_lines(const std::filesystem::path& metrics, const char* key) {
  double sum = 0, count = 0;
  std::istringstream lines(read_file(metrics));
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    if (!json.contains(key) || !json[key].is_number()) continue;
    sum += json[key].get<double>();
    count += 1;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace polyclinic
