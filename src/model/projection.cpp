#include "model/projection.h"

#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cassert>
#include <utility>

namespace polyclinic {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// y = x W^T with a gradient for x only; saves nothing.
class FrozenLinear : public torch::autograd::Function<FrozenLinear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const FrozenWeight* weight) {
    // The weight lives as long as the trunk, which outlives each step's graph.
    context->saved_data["weight"] = reinterpret_cast<std::int64_t>(weight);
    return weight->forward(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto* weight = reinterpret_cast<const FrozenWeight*>(context->saved_data["weight"].toInt());
    return {weight->backward(gradients[0]), at::Tensor()};
  }
};

}  // namespace

Projection::Projection(std::string path, std::vector<ProjectionPart> parts, std::shared_ptr<const FrozenWeight> weight)
    : path_(std::move(path)), parts_(std::move(parts)), weight_(std::move(weight)) {
  assert(weight_ != nullptr);
  assert(!parts_.empty() && parts_.back().row_end == weight_->rows());
}

at::Tensor Projection::forward(const at::Tensor& x, const PackTensors& pack, std::int64_t first_row) const {
  if (adapter_ != nullptr) return adapter_->forward(x, *weight_, pack, first_row);
  if (const at::Tensor parameter = weight_->parameter(); parameter.defined()) return at::linear(x, parameter);
  if (!x.requires_grad() || !c10::GradMode::is_enabled()) return weight_->forward(x);
  return FrozenLinear::apply(x, weight_.get());
}

}  // namespace polyclinic
