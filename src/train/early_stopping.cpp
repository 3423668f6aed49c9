#include "train/early_stopping.h"

#include <nlohmann/json.hpp>

namespace polyclinic {

bool EarlyStopping::note(double score, std::int64_t step) {
  if (!best_ || score > *best_) {
    if (score == score) {
      best_ = score;
      best_step_ = step;
      since_best_ = 0;
      return true;
    }
  }
  ++since_best_;
  return false;
}

nlohmann::json EarlyStopping::state() const {
  nlohmann::json state = {{"best_step", best_step_}, {"since_best", since_best_}};
  if (best_) state["best"] = *best_;
  return state;
}

void EarlyStopping::restore(const nlohmann::json& state) {
  best_step_ = state.at("best_step").get<std::int64_t>();
  since_best_ = state.at("since_best").get<std::int64_t>();
  best_.reset();
  if (state.contains("best")) best_ = state.at("best").get<double>();
}

}  // namespace polyclinic
