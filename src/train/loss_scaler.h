#pragma once
// Dynamic loss scaling for fp16, after torch.amp.GradScaler: the scale halves when a gradient overflows (the step is
// skipped) and doubles after `growth_interval` good steps. Skips are counted: a run whose steps are silently skipped is
// not training. The host learns of an overflow when it reads the step, the next step may be under way by then: so the
// device has a scale of its own that each queued step moves by the same rule.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

class LossScaler {
 public:
  struct Options {
    double initial = 65536;
    std::int64_t growth_interval = 2000;
    std::int64_t give_up_after = 100;  // consecutive skipped steps
  };
  LossScaler() = default;  // switched off: scale 1, an overflow is an error at once
  explicit LossScaler(const Options& options);

  bool enabled() const { return enabled_; }
  double scale() const { return scale_; }
  // Tells the scaler whether this step's gradients were finite; true: take the step. FailedError when `give_up_after`
  // steps in a row were skipped, or when the scaler is off and the gradients are not finite.
  bool update(bool finite, std::int64_t step);
  std::int64_t skipped() const { return skipped_; }

  // Of the next step to be queued: [] fp32 on `device`. Only when enabled.
  const at::Tensor& device_scale(at::Device device);
  // What update() will be told of the step just queued: `skip` is 1 where its gradients are not finite, else 0.
  void queue_update(const at::Tensor& skip);

  nlohmann::json state() const;
  void restore(const nlohmann::json& state);

 private:
  bool enabled_ = false;
  Options options_;
  double scale_ = 1;
  std::int64_t good_ = 0, skipped_ = 0, skipped_in_a_row_ = 0;
  at::Tensor device_scale_, device_good_;  // [] fp32, [] int32; made of scale_ and good_ when first asked for
};

}  // namespace polyclinic
