#include "model/trunk.h"

#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <cmath>
#include <optional>

#include "core/error.h"

namespace polyclinic {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

struct LayerCall : torch::CustomClassHolder {
  const Trunk* trunk = nullptr;
  std::size_t layer = 0;
  const PackTensors* pack = nullptr;
  std::shared_ptr<const AttentionContext> context;
};

}  // namespace

// One block that keeps its inputs only and runs again in the backward pass. `anchor` requires a gradient, so that the
// node exists also where no adapter lies below.
class RecomputedLayer : public torch::autograd::Function<RecomputedLayer> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& stream, const at::Tensor& input,
                               const at::Tensor& /*anchor*/, const c10::intrusive_ptr<LayerCall>& call) {
    context->save_for_backward({stream, input});
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    context->saved_data["needs"] = stream.requires_grad() || input.requires_grad();
    const auto [h, y] =
        call->trunk->run_layer(call->layer, stream.detach(), input.detach(), *call->pack, call->context);
    return {h, y};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto call = c10::static_intrusive_pointer_cast<LayerCall>(context->saved_data["call"].toCapsule());
    const bool needs = context->saved_data["needs"].toBool();
    const c10::AutoGradMode with_graph(true);
    const at::Tensor stream = saved[0].detach().set_requires_grad(needs);
    const at::Tensor input = saved[1].detach().set_requires_grad(needs);
    const auto [h, y] = call->trunk->run_layer(call->layer, stream, input, *call->pack, call->context);
    if (h.requires_grad() || y.requires_grad()) {
      variable_list roots, upstream;
      if (h.requires_grad() && gradients[0].defined()) roots.push_back(h), upstream.push_back(gradients[0]);
      if (y.requires_grad() && gradients[1].defined()) roots.push_back(y), upstream.push_back(gradients[1]);
      torch::autograd::backward(roots, upstream);
    }
    return {stream.grad(), input.grad(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor Trunk::embed(const at::Tensor& token_ids) const {
  at::Tensor out = at::embedding(embedding_, token_ids);
  if (options_.residual_fp32) out = out.to(at::kFloat);
  return config_.family->scaled_embedding ? out.mul(std::sqrt(static_cast<double>(config_.hidden))) : out;
}

// `stream`: the residual; `input`: its norm. Returns the next stream and the norm that the next layer (or the head)
// takes.
std::pair<at::Tensor, at::Tensor> Trunk::run_layer(std::size_t index, const at::Tensor& stream, const at::Tensor& input,
                                                   const PackTensors& pack,
                                                   const std::shared_ptr<const AttentionContext>& context) const {
  const TrunkLayer& layer = *layers_[index];
  const NormWeight& next = index + 1 < layers_.size() ? layers_[index + 1]->input_norm : final_norm_;
  const at::ScalarType dtype = options_.dtype;
  at::Tensor attended = packed_attention(layer.query_key_value.forward(input, pack), layer.attention, context);
  attended = layer.attention_output.forward(attended, pack);
  if (config_.family->output_norms) attended = rms_norm(attended, layer.attention_output_norm, dtype);
  const auto [middle, mlp_input] = add_rms_norm(attended, stream, layer.mlp_norm, dtype);
  at::Tensor out = gated_activation(layer.gate_up.forward(mlp_input, pack), config_.activation);
  out = layer.down.forward(out, pack);
  if (config_.family->output_norms) out = rms_norm(out, layer.mlp_output_norm, dtype);
  return add_rms_norm(out, middle, next, dtype);
}

at::Tensor Trunk::forward_embedded(const at::Tensor& embeddings, const PackTensors& pack) const {
  const auto context = make_attention_context(pack, frequencies_, options_.compose_attention);
  at::Tensor stream = embeddings;
  at::Tensor input = rms_norm(stream, layers_.front()->input_norm, options_.dtype);
  const bool recompute = options_.recompute && c10::GradMode::is_enabled();
  at::Tensor anchor;
  if (recompute) anchor = at::zeros({1}).set_requires_grad(true);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (recompute) {
      auto call = c10::make_intrusive<LayerCall>();
      call->trunk = this;
      call->layer = i;
      call->pack = &pack;
      call->context = context;
      const variable_list out = RecomputedLayer::apply(stream, input, anchor, call);
      stream = out[0];
      input = out[1];
    } else {
      std::tie(stream, input) = run_layer(i, stream, input, pack, context);
    }
  }
  return input;
}

at::Tensor Trunk::forward(const PackTensors& pack) const { return forward_embedded(embed(pack.token_ids), pack); }

std::vector<Projection*> Trunk::projections() {
  std::vector<Projection*> out;
  for (const auto& layer : layers_) {
    out.insert(out.end(), {&layer->query_key_value, &layer->attention_output, &layer->gate_up, &layer->down});
  }
  return out;
}

std::int64_t Trunk::weight_bytes() const {
  auto bytes = static_cast<std::int64_t>(embedding_.nbytes() + (head_.defined() ? head_.nbytes() : 0));
  for (const auto& layer : layers_) {
    for (const Projection* linear :
         {&layer->query_key_value, &layer->attention_output, &layer->gate_up, &layer->down}) {
      bytes += linear->weight().bytes();
    }
  }
  return bytes;
}

}  // namespace polyclinic
