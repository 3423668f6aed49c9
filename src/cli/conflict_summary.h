#pragma once
// How often the gradients of two tasks pointed against each other, from the cosines that each step logs.
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace polyclinic {

class ConflictSummary {
 public:
  void add(const nlohmann::json& cosine);  // T x T, of one step; 0: one of the two was not in the step
  std::size_t tasks() const { return tasks_; }
  std::size_t steps() const { return steps_; }
  // [T * T], row by row; NaN for a pair that never met.
  std::vector<double> mean_cosine() const;
  std::vector<double> conflict_share() const;  // of the steps where the pair met

 private:
  std::vector<double> ratio(const std::vector<double>& values) const;
  std::size_t tasks_ = 0, steps_ = 0;
  std::vector<double> met_, sum_, negative_;
};

// Of a whole run: {"rate": mean over steps of conflicting pairs, "steps", "tasks", "cosine": T x T,
// "conflict_share": T x T} with null for pairs that never met. Nothing when no step has logged a cosine.
std::optional<nlohmann::ordered_json> conflict_json(const std::filesystem::path& metrics,
                                                    const std::vector<std::string>& tasks);
// For people, T x T; `conflicts` is conflict_json's.
std::string conflict_table(const nlohmann::ordered_json& conflicts);

}  // namespace polyclinic
