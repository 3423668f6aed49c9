#include "cli/conflict_summary.h"

#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "core/concat.h"
#include "core/files.h"
#include "core/number_format.h"
#include "report/text_table.h"

namespace polyclinic {
namespace {

nlohmann::ordered_json square(const std::vector<double>& values, std::size_t tasks) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < tasks; ++i) {
    nlohmann::ordered_json row = nlohmann::ordered_json::array();
    for (std::size_t j = 0; j < tasks; ++j) {
      const double value = values[i * tasks + j];
      row.push_back(std::isnan(value) ? nlohmann::ordered_json() : nlohmann::ordered_json(value));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string cell(const nlohmann::ordered_json& conflicts, std::size_t row, std::size_t column) {
  const bool above = column > row;
  const nlohmann::ordered_json& value = conflicts[above ? "cosine" : "conflict_share"][row][column];
  if (row == column || !value.is_number()) return "-";
  return above ? fixed(value.get<double>(), 2) : concat(fixed(100 * value.get<double>(), 0), " %");
}

}  // namespace

void ConflictSummary::add(const nlohmann::json& cosine) {
  if (tasks_ == 0) {
    tasks_ = cosine.size();
    met_.assign(tasks_ * tasks_, 0);
    sum_ = negative_ = met_;
  }
  ++steps_;
  for (std::size_t i = 0; i < tasks_; ++i) {
    for (std::size_t j = 0; j < tasks_; ++j) {
      if (!cosine.at(i).at(j).is_number()) continue;  // an overflow
      const double value = cosine.at(i).at(j).get<double>();
      if (value == 0) continue;
      met_[i * tasks_ + j] += 1;
      sum_[i * tasks_ + j] += value;
      negative_[i * tasks_ + j] += value < 0 ? 1 : 0;
    }
  }
}

std::vector<double> ConflictSummary::ratio(const std::vector<double>& values) const {
  std::vector<double> out(values.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (met_[i] > 0) out[i] = values[i] / met_[i];
  }
  return out;
}

std::vector<double> ConflictSummary::mean_cosine() const { return ratio(sum_); }
std::vector<double> ConflictSummary::conflict_share() const { return ratio(negative_); }

std::optional<nlohmann::ordered_json> conflict_json(const std::filesystem::path& metrics,
                                                    const std::vector<std::string>& tasks) {
  ConflictSummary summary;
  double rate = 0;
  std::istringstream lines(read_file(metrics));
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    if (!json.contains("cosine")) continue;
    summary.add(json["cosine"]);
    rate += json["conflict_rate"].get<double>();
  }
  if (summary.steps() == 0) return std::nullopt;
  return nlohmann::ordered_json{{"rate", rate / static_cast<double>(summary.steps())},
                                {"steps", summary.steps()},
                                {"tasks", tasks},
                                {"cosine", square(summary.mean_cosine(), tasks.size())},
                                {"conflict_share", square(summary.conflict_share(), tasks.size())}};
}

std::string conflict_table(const nlohmann::ordered_json& conflicts) {
  const std::size_t tasks = conflicts["tasks"].size();
  std::vector<TextRow> rows(tasks + 1);
  std::set<std::size_t> right;
  rows[0] = {"COSINE ABOVE, SHARE OF CONFLICTS BELOW"};
  for (std::size_t i = 0; i < tasks; ++i) {
    rows[0].push_back(std::to_string(i + 1));
    right.insert(i + 1);
    rows[i + 1] = {concat(i + 1, " ", conflicts["tasks"][i].get<std::string>())};
    for (std::size_t j = 0; j < tasks; ++j) rows[i + 1].push_back(cell(conflicts, i, j));
  }
  return concat("Gradients of two tasks that meet in a shared slot: ", fixed(100 * conflicts["rate"].get<double>(), 1),
                " % of pairs conflict\n", text_table(rows, right));
}

}  // namespace polyclinic
