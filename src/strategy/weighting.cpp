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

std::vector<double> loss_weights(Weighting kind, const std::vector<double>& s) {
  std::vector<double> out(s.size(), 1.0);
  if (kind == Weighting::uncertainty) {
    for (std::size_t t = 0; t < s.size(); ++t) out[t] = std::exp(-s[t]);
  }
  return out;
}

WeightedLoss weighted_loss(Weighting kind, const std::vector<double>& s, const std::vector<LossTerm>& terms) {
  WeightedLoss out;
  out.s_gradient.assign(s.size(), 0.0);
  for (const LossTerm& term : terms) {
    if (term.count == 0) continue;
    assert(term.task < s.size());
    if (kind == Weighting::equal) {
      out.value += term.mean();
      continue;
    }
    const double weight = std::exp(-s[term.task]);
    out.value += weight * term.mean() + s[term.task] / 2;
    out.s_gradient[term.task] += 0.5 - weight * term.mean();
  }
  return out;
}

}  // namespace polyclinic
