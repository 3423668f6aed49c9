#pragma once
// ASHA (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020), as one worker walks it:
// whenever a configuration is among the best 1 / reduction_factor of its rung it is promoted, else a new one starts on
// rung 0.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace polyclinic {

struct Trial {
  std::size_t configuration = 0;
  std::size_t rung = 0;
  bool operator==(const Trial&) const = default;
};

class SuccessiveHalving {
 public:
  // `rungs` >= 1, `reduction_factor` >= 2.
  SuccessiveHalving(std::size_t configurations, std::size_t rungs, std::int64_t reduction_factor);
  // What to train next; nothing when no configuration is left to start or to promote.
  std::optional<Trial> next();
  // Larger is better; NaN (a failed run) is never promoted.
  void report(const Trial& trial, double score);

 private:
  struct Entry {
    std::size_t configuration = 0;
    double score = 0;
    bool promoted = false;
  };
  std::size_t configurations_, started_ = 0;
  std::int64_t factor_;
  std::vector<std::vector<Entry>> rungs_;  // reported, best first
};

}  // namespace polyclinic
