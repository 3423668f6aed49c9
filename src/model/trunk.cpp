#include "model/trunk.h"

#include <ATen/ops/add.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <cmath>
#include <tuple>

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
  std::shared_ptr<HostStreams> host;  // where the stream lies between the passes, or null: with the node
};

}  // namespace

// One block that keeps its stream only and runs again in the backward pass. `anchor` requires a gradient, so that the
// node exists also where no adapter lies below.
class RecomputedLayer : public torch::autograd::Function<RecomputedLayer> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& stream, const at::Tensor& /*anchor*/,
                            const c10::intrusive_ptr<LayerCall>& call) {
    if (call->host != nullptr) {
      call->host->put(call->layer, stream);
    } else {
      context->save_for_backward({stream});
    }
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    context->saved_data["needs"] = stream.requires_grad();
    const Trunk& trunk = *call->trunk;
    const auto [middle, input] = attend(*call, stream.detach());
    at::Tensor out = at::empty_like(stream);
    for (const auto& [begin, count] : chunks(middle.size(0), trunk.options_.recompute_rows)) {
      at::Tensor rows = out.narrow(0, begin, count);
      at::add_out(rows, middle.narrow(0, begin, count),
                  trunk.feed_forward(call->layer, input.narrow(0, begin, count), *call->pack, begin));
    }
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto call = c10::static_intrusive_pointer_cast<LayerCall>(context->saved_data["call"].toCapsule());
    const c10::AutoGradMode with_graph(true);
    const at::Tensor kept =
        call->host != nullptr ? call->host->take(call->layer) : context->get_saved_variables()[0].detach();
    const at::Tensor stream = kept.set_requires_grad(context->saved_data["needs"].toBool());
    if (call->trunk->host_streams_ != nullptr) call->trunk->host_streams_->start(call->layer);
    const auto [middle, input] = attend(*call, stream);
    const at::Tensor& dout = gradients[0];
    at::Tensor dinput = at::empty_like(input);
    for (const auto& [begin, count] : chunks(middle.size(0), call->trunk->options_.recompute_rows)) {
      const at::Tensor rows = input.detach().narrow(0, begin, count).set_requires_grad(true);
      const at::Tensor out = call->trunk->feed_forward(call->layer, rows, *call->pack, begin);
      torch::autograd::backward({out}, {dout.narrow(0, begin, count).to(out.scalar_type())});
      dinput.narrow(0, begin, count).copy_(rows.grad());
    }
    variable_list roots, upstream;
    if (middle.requires_grad()) roots.push_back(middle), upstream.push_back(dout);
    if (input.requires_grad()) roots.push_back(input), upstream.push_back(dinput);
    if (!roots.empty()) torch::autograd::backward(roots, upstream);
    return {stream.grad(), at::Tensor(), at::Tensor()};
  }

 private:
  static std::pair<at::Tensor, at::Tensor> attend(const LayerCall& call, const at::Tensor& stream) {
    const Trunk& trunk = *call.trunk;
    const at::Tensor input = rms_norm(stream, trunk.layers_[call.layer]->input_norm, trunk.options_.dtype);
    return trunk.attend(call.layer, stream, input, *call.pack, call.context);
  }
  // Rows [begin, begin + count).
  static std::vector<std::pair<std::int64_t, std::int64_t>> chunks(std::int64_t rows, std::int64_t least) {
    const std::int64_t most = std::max(least, (rows + 1) / 2);
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (std::int64_t begin = 0; begin < rows; begin += most) out.emplace_back(begin, std::min(most, rows - begin));
    return out;
  }
};

Trunk Trunk::sharing() const {
  Trunk out(config_, options_);
  out.embedding_ = embedding_;
  out.head_ = head_;
  for (const auto& layer : layers_) out.layers_.push_back(std::make_unique<TrunkLayer>(*layer));
  out.final_norm_ = final_norm_;
  out.frequencies_ = frequencies_;
  out.source_ = source_;
  out.prefix_ = prefix_;
  return out;
}

// The table may lie in the host's memory: then the rows are taken there and go to the device on their own.
at::Tensor Trunk::embed(const at::Tensor& token_ids) const {
  at::Tensor out;
  if (embedding_.device().type() == options_.device.type()) {
    out = at::embedding(embedding_, token_ids);
  } else {
    out = at::empty({token_ids.numel(), config_.hidden}, embedding_.options().pinned_memory(true));
    at::index_select_out(out, embedding_, 0, token_ids.to(at::kCPU));
    out = out.to(options_.device, out.scalar_type(), true);
  }
  if (options_.residual_fp32) out = out.to(at::kFloat);
  return config_.family->scaled_embedding ? out.mul(std::sqrt(static_cast<double>(config_.hidden))) : out;
}

// -> the stream after attention and its norm.
std::pair<at::Tensor, at::Tensor> Trunk::attend(std::size_t index, const at::Tensor& stream, const at::Tensor& input,
                                                const PackTensors& pack,
                                                const std::shared_ptr<const AttentionContext>& context) const {
  const TrunkLayer& layer = *layers_[index];
  at::Tensor attended = packed_attention(layer.query_key_value.forward(input, pack), layer.attention, context);
  attended = layer.attention_output.forward(attended, pack);
  if (config_.family->output_norms) attended = rms_norm(attended, layer.attention_output_norm, options_.dtype);
  return add_rms_norm(attended, stream, layer.mlp_norm, options_.dtype);
}

// -> what the MLP adds to the stream.
at::Tensor Trunk::feed_forward(std::size_t index, const at::Tensor& input, const PackTensors& pack,
                               std::int64_t first_row) const {
  const TrunkLayer& layer = *layers_[index];
  at::Tensor out = gated_activation(layer.gate_up.forward(input, pack, first_row), config_.activation);
  out = layer.down.forward(out, pack, first_row);
  return config_.family->output_norms ? rms_norm(out, layer.mlp_output_norm, options_.dtype) : out;
}

// -> the stream after the first `blocks`.
at::Tensor Trunk::recomputed(at::Tensor stream, std::int64_t blocks, const PackTensors& pack,
                             const std::shared_ptr<const AttentionContext>& context) const {
  const at::Tensor anchor = at::zeros({1}).set_requires_grad(true);
  if (stream.is_cuda() && options_.host_streams > 0 && host_streams_ == nullptr) {
    host_streams_ = std::make_shared<HostStreams>();
  }
  for (std::int64_t i = 0; i < blocks; ++i) {
    auto call = c10::make_intrusive<LayerCall>();
    call->trunk = this;
    call->layer = static_cast<std::size_t>(i);
    call->pack = &pack;
    call->context = context;
    if (host_streams_ != nullptr && i < options_.host_streams) call->host = host_streams_;
    stream = RecomputedLayer::apply(stream, anchor, call);
  }
  return stream;
}

at::Tensor Trunk::forward_embedded(const at::Tensor& embeddings, const PackTensors& pack) const {
  const auto context = make_attention_context(pack, frequencies_, options_.compose_attention);
  const std::int64_t again =
      c10::GradMode::is_enabled() ? std::min(options_.recomputed_blocks, config_.layers) : std::int64_t{0};
  const auto norm_before = [&](std::size_t i) -> const NormWeight& {
    return i < layers_.size() ? layers_[i]->input_norm : final_norm_;
  };
  auto i = static_cast<std::size_t>(again);
  at::Tensor stream = again > 0 ? recomputed(embeddings, again, pack, context) : embeddings;
  at::Tensor input = rms_norm(stream, norm_before(i), options_.dtype);
  for (; i < layers_.size(); ++i) {
    const auto [middle, mlp_input] = attend(i, stream, input, pack, context);
    std::tie(stream, input) =
        add_rms_norm(feed_forward(i, mlp_input, pack), middle, norm_before(i + 1), options_.dtype);
  }
  return input;
}

at::Tensor Trunk::forward(const PackTensors& pack) const {
  if (embedding_.device().type() == options_.device.type()) return forward_embedded(embed(pack.token_ids), pack);
  // The host knows the tokens: asking the device would wait for all of its work.
  at::Tensor ids = at::empty({pack.tokens()}, at::kInt);
  std::copy(pack.host.token_ids.begin(), pack.host.token_ids.end(), ids.mutable_data_ptr<std::int32_t>());
  return forward_embedded(embed(ids), pack);
}

std::vector<Projection*> Trunk::projections() {
  std::vector<Projection*> out;
  for (const auto& layer : layers_) {
    out.insert(out.end(), {&layer->query_key_value, &layer->attention_output, &layer->gate_up, &layer->down});
  }
  return out;
}

std::int64_t Trunk::weight_bytes() const {
  auto bytes = static_cast<std::int64_t>(head_.defined() && !head_.is_same(embedding_) ? head_.nbytes() : 0);
  if (embedding_.device().type() == options_.device.type()) bytes += static_cast<std::int64_t>(embedding_.nbytes());
  for (const auto& layer : layers_) {
    for (const Projection* linear :
         {&layer->query_key_value, &layer->attention_output, &layer->gate_up, &layer->down}) {
      bytes += linear->weight().bytes();
    }
  }
  return bytes;
}

}  // namespace polyclinic
