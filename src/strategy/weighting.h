#pragma once
// Weights of the tasks' losses.
//   equal:        L = sum_t L_t
//   uncertainty:  L = sum_t exp(-s_t) L_t + s_t / 2, s_t = log sigma_t^2 learned per task; the classification form of
//                 Kendall, Gal and Cipolla, "Multi-task learning using uncertainty to weigh losses", CVPR 2018.
// Only tasks with count > 0 in the step take part. The weights of a step are known before its first micro-batch, so a
// micro-batch may be scaled by them at once; the derivative in s needs the step's losses and comes at its end. Both
// stay on the device: nobody waits for a loss.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <vector>

#include "strategy/loss_term.h"

namespace polyclinic {

enum class Weighting : unsigned char { equal, uncertainty };

Weighting weighting_named(const std::string& name);  // "equal" or "uncertainty"; InputError otherwise

// Uncertainty's factor of each task's mean loss, exp(-s_t); of `equal` it is 1. `s` [T] fp64.
at::Tensor loss_weights(const at::Tensor& s);

// Uncertainty's derivative of the step's whole loss in each s_t, [T] fp64: from the mean losses [T] fp64, and 1 for
// each task that is in the step, 0 for the others [T] fp64.
at::Tensor log_variance_gradient(const at::Tensor& s, const at::Tensor& means, const at::Tensor& present);

// The step's whole loss. `s` has one entry a task and is not read for `equal`.
double weighted_loss(Weighting kind, const std::vector<double>& s, const std::vector<LossTerm>& terms);

}  // namespace polyclinic
