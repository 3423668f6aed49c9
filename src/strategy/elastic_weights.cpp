#include "strategy/elastic_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "core/error.h"

namespace polyclinic {

void FisherDiagonal::add(const at::Tensor& gradient) {
  const at::Tensor square = gradient * gradient;
  if (sum_.defined()) {
    sum_.add_(square);
  } else {
    sum_ = square;
  }
  ++examples_;
}

at::Tensor FisherDiagonal::mean() const {
  if (examples_ == 0) throw FailedError("no example was left to estimate the Fisher diagonal");
  return sum_ / static_cast<double>(examples_);
}

void ElasticWeights::consolidate(const at::Tensor& fisher, const at::Tensor& values) {
  const at::Tensor weighted = fisher * values;
  if (!precision_.defined()) {
    precision_ = fisher.clone();
    weighted_ = weighted;
    squares_ = weighted * values;
    return;
  }
  precision_.add_(fisher);
  weighted_.add_(weighted);
  squares_.add_(weighted * values);
}

at::Tensor ElasticWeights::penalty(const at::Tensor& values) const {
  if (!active()) return at::zeros({}, values.options().dtype(at::kDouble));
  // In double: the three terms nearly cancel close to the anchors.
  const at::Tensor theta = values.to(at::kDouble);
  return (precision_.to(at::kDouble) * theta * theta - weighted_.to(at::kDouble) * theta * 2 + squares_.to(at::kDouble))
      .sum()
      .mul_(lambda_ / 2);
}

void ElasticWeights::add_gradient(const at::Tensor& values, at::Tensor& gradient) const {
  if (active()) gradient.add_(precision_ * values - weighted_, lambda_);
}

at::Tensor ElasticWeights::state() const {
  return precision_.defined() ? at::stack({precision_, weighted_, squares_}) : at::Tensor();
}

void ElasticWeights::restore(const at::Tensor& state) {
  if (!state.defined()) return;
  precision_ = state[0].clone();
  weighted_ = state[1].clone();
  squares_ = state[2].clone();
}

}  // namespace polyclinic
