#pragma once
// One optimizer step: gradients over all packs of the step, normalised by the true count of each part's loss-bearing
// units, combined, unscaled, clipped, applied. A step is queued without waiting for the device, which decides by itself
// whether to skip it; its numbers are read later, when the next step is queued or where somebody needs them.
#include <cstdint>
#include <vector>

#include "core/error.h"
#include "strategy/elastic_weights.h"
#include "strategy/gradient_surgery.h"
#include "strategy/loss_term.h"
#include "strategy/weighting.h"
#include "train/adamw.h"
#include "train/late_numbers.h"
#include "train/loss_scaler.h"
#include "train/network.h"

namespace polyclinic {

struct StepOptions {
  std::int64_t max_tokens = 2048;  // of a pack
  double max_grad_norm = 1.0;
  Weighting weighting = Weighting::equal;
  bool pcgrad = false;
  std::uint64_t data_seed = 1;  // order of PCGrad's projections
  std::uint64_t dropout_seed = 1;
  const ElasticWeights* elastic = nullptr;  // its penalty's gradient is added (S4)
};

struct StepResult {
  std::vector<LossTerm> terms;  // one a part
  double loss = 0;              // weighted, over the parts of the step
  double elastic_penalty = 0;
  double gradient_norm = 0;  // before clipping
  bool taken = true;         // false: the gradients overflowed and the step was skipped
  std::int64_t packs = 0;
  std::int64_t largest_pack = 0;  // tokens
  SurgeryResult conflicts;        // filled with per-task gradients only
};

// The device's memory did not suffice for the gradients: parameters, moments and scaler are as they were before the
// step.
class OutOfDeviceMemory : public FailedError {
 public:
  using FailedError::FailedError;
};

class QueuedStep {
 public:
  // Waits for the step and tells the scaler about it, whose FailedError comes through. Once, in the order of the steps.
  StepResult read(LossScaler& scaler);
  std::int64_t largest_pack() const { return result_.largest_pack; }

 private:
  friend QueuedStep queue_step(Network&, AdamW&, LossScaler&, const StepOptions&, const std::vector<PartSequence>&,
                               std::int64_t, double);
  StepResult result_;  // what the host knows at once
  std::int64_t step_ = 0;
  Weighting weighting_ = Weighting::equal;
  bool log_variances_ = false, surgery_ = false, elastic_ = false;
  // Whether it is skipped, norm, sums of the parts, log-variances, penalty, Gram matrix: those that the step has.
  LateNumbers numbers_;
};

// `step`: 1-based number of the step, which names its random streams.
QueuedStep queue_step(Network& network, AdamW& optimizer, LossScaler& scaler, const StepOptions& options,
                      const std::vector<PartSequence>& sequences, std::int64_t step, double learning_rate);

// Queued and read.
StepResult take_step(Network& network, AdamW& optimizer, LossScaler& scaler, const StepOptions& options,
                     const std::vector<PartSequence>& sequences, std::int64_t step, double learning_rate);

}  // namespace polyclinic
