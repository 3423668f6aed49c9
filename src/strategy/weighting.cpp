#include "strategy/weighting.h"

#include <cassert>
#include <cmath>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

Weighting weighting_named(const std::string& name) {
  if (name == "equal") return Weighting::equal;
  if (name == "uncertainty") return Weighting::uncertainty;
  throw InputError(concat("loss weighting ", name, " is not known"), {.key = "strategy.multitask.loss_weighting"},
                   "use equal or uncertainty");
}

at::Tensor loss_weights(const at::Tensor& s) { return s.neg().exp_(); }

at::Tensor log_variance_gradient(const at::Tensor& s, const at::Tensor& means, const at::Tensor& present) {
  return loss_weights(s).mul_(means).neg_().add_(0.5).mul_(present);
}

double weighted_loss(Weighting kind, const std::vector<double>& s, const std::vector<LossTerm>& terms) {
  double sum = 0;
  for (const LossTerm& term : terms) {
    if (term.count == 0) continue;
    if (kind == Weighting::equal) {
      sum += term.mean();
      continue;
    }
    assert(term.task < s.size());
    sum += std::exp(-s[term.task]) * term.mean() + s[term.task] / 2;
  }
  return sum;
}

}  // namespace polyclinic
