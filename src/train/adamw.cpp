#include "train/adamw.h"

#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <optional>

namespace polyclinic {

AdamW::AdamW(at::Tensor parameters, std::vector<std::pair<std::int64_t, std::int64_t>> no_decay,
             const AdamWOptions& options)
    : parameters_(std::move(parameters)),
      first_(at::zeros_like(parameters_)),
      second_(at::zeros_like(parameters_)),
      count_(at::zeros({}, parameters_.options())),
      options_(options) {
  std::int64_t position = 0;
  for (const auto& [begin, end] : no_decay) {
    if (begin > position) ranges_.push_back({position, begin, true});
    if (end > begin) ranges_.push_back({begin, end, false});
    position = end;
  }
  if (position < parameters_.numel()) ranges_.push_back({position, parameters_.numel(), true});
}

// Calls update(parameters, gradients, first moments, second moments, counts, weight decay) for each decay group.
template <typename Update>
void AdamW::for_each_group(const at::Tensor& gradients, const Update& update) {
  for (const bool decay : {true, false}) {
    std::vector<at::Tensor> parameters, grads, firsts, seconds, counts;
    for (const Range& range : ranges_) {
      if (range.decay != decay) continue;
      parameters.push_back(parameters_.slice(0, range.begin, range.end));
      grads.push_back(gradients.slice(0, range.begin, range.end));
      firsts.push_back(first_.slice(0, range.begin, range.end));
      seconds.push_back(second_.slice(0, range.begin, range.end));
      counts.push_back(count_);
    }
    if (parameters.empty()) continue;
    update(parameters, grads, firsts, seconds, counts, decay ? options_.weight_decay : 0.0);
  }
}

void AdamW::step(const at::Tensor& gradients, double learning_rate, const at::Tensor& skip) {
  count_.add_(1);
  std::optional<at::Tensor> skipped;
  if (skip.defined()) {
    skipped = skip;
    count_.sub_(skip);
  }
  for_each_group(gradients, [&](const auto& parameters, const auto& grads, const auto& firsts, const auto& seconds,
                                const auto& counts, double decay) {
    at::_fused_adamw_(parameters, grads, firsts, seconds, {}, counts, learning_rate, options_.beta1, options_.beta2,
                      decay, options_.epsilon, false, false, {}, skipped);
  });
}

at::Tensor AdamW::step_on_device(const at::Tensor& gradients, const at::Tensor& learning_rate, double limit) {
  const at::Tensor norm = at::linalg_vector_norm(gradients);
  const at::Tensor skip = at::isfinite(norm).logical_not().to(at::kFloat);
  count_.add_(1).sub_(skip);
  std::optional<at::Tensor> divisor;
  if (limit > 0) divisor = norm.add(1e-6).div_(limit).clamp_min_(1.0);
  for_each_group(gradients, [&](const auto& parameters, const auto& grads, const auto& firsts, const auto& seconds,
                                const auto& counts, double decay) {
    at::_fused_adamw_(parameters, grads, firsts, seconds, {}, counts, learning_rate, options_.beta1, options_.beta2,
                      decay, options_.epsilon, false, false, divisor, skip);
  });
  return norm;
}

std::int64_t AdamW::steps() const { return static_cast<std::int64_t>(count_.item<float>()); }

void AdamW::restore(const at::Tensor& first, const at::Tensor& second, std::int64_t steps) {
  first_.copy_(first);
  second_.copy_(second);
  count_.fill_(static_cast<double>(steps));
}

at::Tensor clip_gradients(at::Tensor& gradients, double limit) {
  at::Tensor norm = at::linalg_vector_norm(gradients);
  if (limit > 0) {
    const at::Tensor above = norm.to(at::kDouble).add_(1e-6);
    gradients.mul_(at::full_like(above, limit).div_(above).clamp_max_(1).to(gradients.scalar_type()));
  }
  return norm;
}

}  // namespace polyclinic
