#include "cli/conflict_summary.h"

#include <cmath>
#include <limits>
#include <sstream>

#include "core/files.h"

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

}  // namespace polyclinic
