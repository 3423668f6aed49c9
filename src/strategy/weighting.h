#pragma once
// Weights of the tasks' losses.
//   equal:        L = sum_t L_t
//   uncertainty:  L = sum_t exp(-s_t) L_t + s_t / 2, s_t = log sigma_t^2 learned per task; the classification form of
//                 Kendall, Gal and Cipolla, "Multi-task learning using uncertainty to weigh losses", CVPR 2018.
// Only tasks with count > 0 in the step take part. The weights of a step are known before its first micro-batch, so a
// micro-batch may be scaled by them at once; the derivative in s needs the step's losses and comes at its end.
#include <cstddef>
#include <string>
#include <vector>

#include "strategy/loss_term.h"

namespace polyclinic {

enum class Weighting : unsigned char { equal, uncertainty };

Weighting weighting_named(const std::string& name);  // "equal" or "uncertainty"; InputError otherwise

// Factor of each task's mean loss: 1, or exp(-s_t). `s` has one entry a task and is not read for `equal`.
std::vector<double> loss_weights(Weighting kind, const std::vector<double>& s);

// The step's whole loss, and its exact derivative in each s_t (0 for `equal` and for tasks that are not in the step).
struct WeightedLoss {
  double value = 0;
  std::vector<double> s_gradient;
};
WeightedLoss weighted_loss(Weighting kind, const std::vector<double>& s, const std::vector<LossTerm>& terms);

}  // namespace polyclinic
