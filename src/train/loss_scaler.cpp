#include "train/loss_scaler.h"

#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/full.h>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

LossScaler::LossScaler(const Options& options) : enabled_(true), options_(options), scale_(options.initial) {}

bool LossScaler::update(bool finite, std::int64_t step) {
  if (finite) {
    skipped_in_a_row_ = 0;
    if (enabled_ && ++good_ == options_.growth_interval) {
      scale_ *= 2;
      good_ = 0;
    }
    return true;
  }
  if (!enabled_) {
    throw FailedError(concat("the gradients of step ", step, " are not finite"), {},
                      "lower train.learning_rate, or look for broken values in the data and the weights");
  }
  scale_ *= 0.5;
  good_ = 0;
  ++skipped_;
  if (++skipped_in_a_row_ >= options_.give_up_after) {
    throw FailedError(concat("the last ", skipped_in_a_row_, " steps up to step ", step, " overflowed in float16"), {},
                      "set train.precision=float32 or bfloat16");
  }
  return false;
}

const at::Tensor& LossScaler::device_scale(at::Device device) {
  if (!device_scale_.defined()) {
    device_scale_ = at::full({}, scale_, at::TensorOptions(at::kFloat).device(device));
    device_good_ = at::full({}, good_, at::TensorOptions(at::kInt).device(device));
  }
  return device_scale_;
}

void LossScaler::queue_update(const at::Tensor& skip) {
  if (enabled_) at::_amp_update_scale_(device_scale_, device_good_, skip, 2, 0.5, options_.growth_interval);
}

nlohmann::json LossScaler::state() const {
  return {{"scale", scale_}, {"good", good_}, {"skipped", skipped_}, {"skipped_in_a_row", skipped_in_a_row_}};
}

void LossScaler::restore(const nlohmann::json& state) {
  scale_ = state.at("scale").get<double>();
  good_ = state.at("good").get<std::int64_t>();
  skipped_ = state.at("skipped").get<std::int64_t>();
  skipped_in_a_row_ = state.at("skipped_in_a_row").get<std::int64_t>();
  device_scale_ = at::Tensor();
  device_good_ = at::Tensor();
}

}  // namespace polyclinic
