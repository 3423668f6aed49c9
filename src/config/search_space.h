#pragma once
// `hp_search` as a list of points. Combinations that train the same model count once: temperature acts with temperature
// sampling alone, temperature 1 is proportional sampling, and a single task has no mix and no loss weights.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/study.h"

namespace polyclinic {

// Values of one run; what is unset stays as the experiment has it.
struct SearchPoint {
  std::optional<double> learning_rate;
  std::optional<std::int64_t> lora_rank, batch_size, epochs;
  std::optional<double> warmup_ratio;
  std::optional<std::string> sampling;
  std::optional<double> temperature;
  std::optional<std::string> loss_weighting;

  bool operator==(const SearchPoint&) const = default;
  // alpha follows the rank, so that alpha / rank stays.
  void apply(StudyConfig& study) const;
  // As overrides: "train.learning_rate=1e-05", "model.lora.rank=8", ...
  std::vector<std::string> overrides() const;
};

struct SearchSpace {
  std::vector<SearchPoint> grid;   // all distinct points, the last key fastest
  std::int64_t written = 0;        // product of the lists' lengths
  std::vector<std::string> notes;  // what of the lists has no effect here, and why
};
// InputError when a list repeats a value or nothing is searched.
SearchSpace search_space(const StudyConfig& study);

// The points to train, in order, by method, full_models, reduced_search_configs and max_runs. A model outside
// full_models gets reduced_search_configs points: the learning rates in turn with everything else as configured, then
// random ones. `note`: one line that says how many of how many, and why. InputError for options without effect.
std::vector<SearchPoint> search_points(const StudyConfig& study, const SearchSpace& space, std::string* note = nullptr);

}  // namespace polyclinic
