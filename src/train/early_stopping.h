#pragma once
// Stops when the dev metric has not risen for `patience` scores in a row.
#include <cstdint>
#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

class EarlyStopping {
 public:
  explicit EarlyStopping(std::int64_t patience) : patience_(patience) {}
  // Notes the score of `step`; true when it is the best so far. Larger is better; NaN is never the best.
  bool note(double score, std::int64_t step);
  bool stop() const { return since_best_ >= patience_; }
  std::optional<double> best() const { return best_; }
  std::int64_t best_step() const { return best_step_; }

  nlohmann::json state() const;
  void restore(const nlohmann::json& state);

 private:
  std::int64_t patience_;
  std::optional<double> best_;
  std::int64_t best_step_ = 0, since_best_ = 0;
};

}  // namespace polyclinic
