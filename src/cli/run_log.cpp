#include "cli/run_log.h"

#include "core/concat.h"

namespace polyclinic {
namespace {

using Values = std::vector<std::pair<std::string, double>>;

void add_tokens(const nlohmann::json& tokens, Values& values) {
  if (tokens.contains("total")) {
    values.emplace_back("tokens", tokens["total"]["fed"].get<double>());
    for (const char* kind : {"loss_bearing", "trunk"}) {
      values.emplace_back(concat("tokens_", kind), tokens["total"][kind].get<double>());
    }
  }
  if (!tokens.contains("tasks")) return;
  for (const auto& [task, count] : tokens["tasks"].items()) {
    values.emplace_back("tokens/" + task, count["fed"].get<double>());
  }
}

void log_events(EventWriter& events, const nlohmann::json& line) {
  Values values;
  for (const char* key : {"loss", "learning_rate", "gradient_norm", "dev", "conflict_rate", "elastic_penalty"}) {
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
  if (!events_) return;
  log_events(*events_, line);
  if (line.contains("cosine")) conflicts_.add(line["cosine"]);
  if (!line.contains("dev") || conflicts_.steps() == 0) return;
  events_->image(line.at("step").get<std::int64_t>(), "gradient_cosine",
                 {conflicts_.tasks(), conflicts_.tasks(), conflicts_.mean_cosine(), -1, 1});
  conflicts_ = {};
}

}  // namespace polyclinic
