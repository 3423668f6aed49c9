#include "cli/transfer_report.h"

#include <set>

#include "core/concat.h"
#include "report/text_table.h"
#include "strategy/transfer.h"

namespace polyclinic {
namespace {

TextRow score_row(const std::string& label, const nlohmann::ordered_json& scores) {
  TextRow row{label};
  for (const auto& score : scores) row.push_back(score_text(score.get<double>()));
  return row;
}

}  // namespace

nlohmann::ordered_json transfer_json(const std::vector<std::string>& tasks,
                                     const std::vector<std::vector<double>>& scores,
                                     const std::vector<double>& untrained) {
  const TransferSummary summary = summarise_transfer(scores, untrained);
  nlohmann::ordered_json out = {{"tasks", tasks},
                                {"untrained", untrained},
                                {"matrix", scores},
                                {"average", summary.average},
                                {"backward", summary.backward},
                                {"forward", summary.forward}};
  out["forgetting"] = nlohmann::ordered_json::object();
  for (std::size_t t = 0; t < summary.forgetting.size(); ++t) out["forgetting"][tasks[t]] = summary.forgetting[t];
  out["mean_forgetting"] = summary.mean_forgetting;
  return out;
}

std::string transfer_table(const nlohmann::ordered_json& report) {
  std::vector<TextRow> rows{{"DEV SCORE AFTER"}};
  for (const auto& task : report.at("tasks")) rows.front().push_back(task.get<std::string>());
  rows.push_back(score_row("(nothing)", report.at("untrained")));
  for (std::size_t i = 0; i < report.at("matrix").size(); ++i) {
    rows.push_back(score_row(report.at("tasks").at(i).get<std::string>(), report.at("matrix").at(i)));
  }
  std::set<std::size_t> right;
  for (std::size_t t = 1; t < rows.front().size(); ++t) right.insert(t);
  return concat(text_table(rows, right), "backward transfer ", score_text(report.at("backward").get<double>()),
                "; forward transfer ", score_text(report.at("forward").get<double>()), "; mean forgetting ",
                score_text(report.at("mean_forgetting").get<double>()), "\n");
}

}  // namespace polyclinic
