#include "report/study_table.h"

#include <algorithm>

#include "core/concat.h"
#include "core/number_format.h"
#include "report/text_table.h"

namespace polyclinic {
namespace {

void add_run(StudyRow& row, const RunRecord& run) {
  for (const auto& [task, metrics] : run.metrics.items()) {
    if (!metrics.is_object() || !metrics.contains("primary")) continue;
    const std::string metric = metrics["primary"].get<std::string>();
    if (metrics.contains(metric) && metrics[metric].is_number()) row.cells[task] = {metric, metrics[metric]};
  }
  const RunTokens tokens = run.total_tokens();
  row.tokens.fed += tokens.fed;
  row.tokens.loss_bearing += tokens.loss_bearing;
  row.tokens.trunk += tokens.trunk;
  row.active = std::max(row.active, run.parameters_active);
  row.total += run.parameters_total;
  if (const auto rate = run.detail("conflict_rate")) row.conflict_rate = rate;
}

std::string percent(double share) { return concat(fixed(100 * share, 1), " %"); }

// The metric of a task's column; "" when the rows disagree or none has it.
std::string metric_of(const StudyTable& table, const std::string& task) {
  std::string metric;
  for (const StudyRow& row : table.rows) {
    const auto found = row.cells.find(task);
    if (found == row.cells.end()) continue;
    if (!metric.empty() && metric != found->second.metric) return "";
    metric = found->second.metric;
  }
  return metric;
}

}  // namespace

StudyTable study_table(const std::vector<StudyLine>& lines, std::vector<std::string> tasks) {
  StudyTable table;
  table.tasks = std::move(tasks);
  for (const StudyLine& line : lines) {
    StudyRow row{line.label, line.problem};
    for (const RunRecord& run : line.runs) add_run(row, run);
    for (const auto& [task, cell] : row.cells) {
      if (std::find(table.tasks.begin(), table.tasks.end(), task) == table.tasks.end()) table.tasks.push_back(task);
    }
    table.rows.push_back(std::move(row));
  }
  for (StudyRow& row : table.rows) {
    double sum = 0;
    for (const auto& [task, cell] : row.cells) sum += cell.score;
    if (!table.tasks.empty() && row.cells.size() == table.tasks.size()) {
      row.mean = sum / static_cast<double>(table.tasks.size());
    }
  }
  return table;
}

std::string StudyTable::text() const {
  TextRow names{""}, metrics{"STRATEGY"};
  for (const std::string& task : tasks) {
    names.push_back(task);
    metrics.push_back(metric_of(*this, task));
  }
  for (const char* name : {"MEAN", "TOKENS", "TRUNK TOKENS", "ACTIVE", "TOTAL", "CONFLICTS"}) {
    names.emplace_back("");
    metrics.emplace_back(name);
  }
  std::vector<TextRow> out{names, metrics};
  for (const StudyRow& row : rows) {
    TextRow cells{row.label};
    for (const std::string& task : tasks) {
      const auto found = row.cells.find(task);
      cells.push_back(found != row.cells.end() ? score_text(found->second.score)
                      : row.problem.empty()    ? "-"
                                               : row.problem);
    }
    cells.push_back(row.mean ? score_text(*row.mean) : "-");
    for (const std::int64_t count : {row.tokens.fed, row.tokens.trunk, row.active, row.total}) {
      cells.push_back(row.cells.empty() ? "-" : with_separators(count));
    }
    cells.push_back(row.conflict_rate ? percent(*row.conflict_rate) : "-");
    out.push_back(std::move(cells));
  }
  std::set<std::size_t> right;
  for (std::size_t c = 1; c < metrics.size(); ++c) right.insert(c);
  return text_table(out, right);
}

nlohmann::ordered_json StudyTable::json() const {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const StudyRow& row : rows) {
    nlohmann::ordered_json line = {{"strategy", row.label}};
    for (const std::string& task : tasks) {
      const auto found = row.cells.find(task);
      if (found == row.cells.end()) continue;
      line["tasks"][task] = {{"metric", found->second.metric}, {"score", found->second.score}};
    }
    line["mean"] = row.mean ? nlohmann::ordered_json(*row.mean) : nlohmann::ordered_json();
    line["tokens"] = {{"fed", row.tokens.fed}, {"loss_bearing", row.tokens.loss_bearing}, {"trunk", row.tokens.trunk}};
    line["parameters"] = {{"active", row.active}, {"total", row.total}};
    line["conflict_rate"] = row.conflict_rate ? nlohmann::ordered_json(*row.conflict_rate) : nlohmann::ordered_json();
    if (!row.problem.empty()) line["problem"] = row.problem;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace polyclinic
