#include "model/attention.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/sin.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "kernels/rotary.h"
#include "model/attention_cpu.h"
#ifdef POLYCLINIC_CUDA
#include "model/attention_cuda.h"
#include "model/fused_cuda.h"
#endif

namespace polyclinic {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the backward needs besides tensors.
struct Held : torch::CustomClassHolder {
  AttentionSpec spec;
  std::shared_ptr<const AttentionContext> context;
};

// Turns the q and k columns of `rows` [T, (heads + 2 kv_heads) head_dim] in place.
void rotate(at::Tensor& rows, const AttentionSpec& spec, const AttentionContext& context, bool inverse) {
  const kernels::RotaryShape shape{.tokens = rows.size(0),
                                   .row_stride = rows.size(1),
                                   .rotated_heads = spec.heads + spec.kv_heads,
                                   .head_dimension = spec.head_dim,
                                   .inverse = inverse};
#ifdef POLYCLINIC_CUDA
  if (rows.is_cuda()) return rotate_cuda(rows, context.cosine, context.sine, shape);
#endif
  at::Tensor work = rows.to(at::kFloat);  // the same tensor when it is fp32 already
  auto* data = work.mutable_data_ptr<float>();
  const auto* cosine = context.cosine.const_data_ptr<float>();
  const auto* sine = context.sine.const_data_ptr<float>();
  at::parallel_for(0, shape.tokens, 256, [&](std::int64_t begin, std::int64_t end) {
    kernels::rotary_cpu(shape, data, cosine, sine, begin, end);
  });
  if (!work.is_same(rows)) rows.copy_(work);
}

#ifdef POLYCLINIC_CUDA
AttentionSaved forward_on_cuda(const at::Tensor& rotated, const Held& held) {
  const CudaAttentionPath path = cuda_attention_path(rotated, held.spec, held.context->force_composition);
  CudaAttentionSaved saved = attention_forward_cuda(rotated, held.spec, *held.context, path);
  if (path == CudaAttentionPath::composition) return {saved.out, {}};
  return {saved.out, {saved.logsumexp, saved.random_state, saved.unused}};
}

at::Tensor backward_on_cuda(const at::Tensor& dout, const at::Tensor& rotated, const AttentionSaved& saved,
                            const Held& held) {
  CudaAttentionSaved state{saved.out, {}, {}, {}};
  const bool flash = !saved.logsumexp.empty();
  if (flash) state = {saved.out, saved.logsumexp[0], saved.logsumexp[1], saved.logsumexp[2]};
  return attention_backward_cuda(dout, rotated, state, held.spec, *held.context,
                                 flash ? CudaAttentionPath::flash : CudaAttentionPath::composition);
}
#endif

AttentionSaved attend(const at::Tensor& rotated, const Held& held) {
#ifdef POLYCLINIC_CUDA
  if (rotated.is_cuda()) return forward_on_cuda(rotated, held);
#endif
  return attention_forward_cpu(rotated, held.spec, held.context->sequence_starts);
}

at::Tensor attend_backward(const at::Tensor& dout, const at::Tensor& rotated, const AttentionSaved& saved,
                           const Held& held) {
#ifdef POLYCLINIC_CUDA
  if (rotated.is_cuda()) return backward_on_cuda(dout, rotated, saved, held);
#endif
  return attention_backward_cpu(dout, rotated, saved, held.spec, held.context->sequence_starts);
}

class PackedAttention : public torch::autograd::Function<PackedAttention> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv, const c10::intrusive_ptr<Held>& held) {
    at::Tensor rotated = qkv.detach();
    rotate(rotated, held->spec, *held->context, false);
    AttentionSaved saved = attend(rotated, *held);
    if (qkv.requires_grad()) {
      variable_list keep = {rotated, saved.out};
      keep.insert(keep.end(), saved.logsumexp.begin(), saved.logsumexp.end());
      context->save_for_backward(keep);
      context->saved_data["held"] = c10::IValue::make_capsule(held);
    }
    return saved.out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list kept = context->get_saved_variables();
    const auto held = c10::static_intrusive_pointer_cast<Held>(context->saved_data["held"].toCapsule());
    AttentionSaved saved;
    saved.out = kept[1];
    saved.logsumexp.assign(kept.begin() + 2, kept.end());
    at::Tensor dqkv = attend_backward(gradients[0].contiguous(), kept[0], saved, *held);
    rotate(dqkv, held->spec, *held->context, true);
    return {dqkv, at::Tensor()};
  }
};

}  // namespace

at::Tensor rotary_frequencies(const ModelConfig& config) {
  const std::int64_t half = config.head_dim / 2;
  at::Tensor out = at::empty({half}, at::TensorOptions().dtype(at::kFloat));
  auto* data = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < half; ++i) {
    const double exponent = static_cast<double>(2 * i) / static_cast<double>(config.head_dim);
    double frequency = 1.0 / std::pow(config.rope_theta, exponent);
    if (config.rope_scaling) {
      const RotaryScaling& s = *config.rope_scaling;
      const auto original = static_cast<double>(s.original_positions);
      const double wavelength = 2.0 * std::numbers::pi / frequency;
      if (wavelength > original / s.low_frequency_factor) {
        frequency /= s.factor;
      } else if (wavelength >= original / s.high_frequency_factor) {
        const double smooth =
            (original / wavelength - s.low_frequency_factor) / (s.high_frequency_factor - s.low_frequency_factor);
        frequency = (1.0 - smooth) * frequency / s.factor + smooth * frequency;
      }
    }
    data[i] = static_cast<float>(frequency);
  }
  return out;
}

std::shared_ptr<const AttentionContext> make_attention_context(const PackTensors& pack, const at::Tensor& frequencies,
                                                               bool force_composition) {
  auto out = std::make_shared<AttentionContext>();
  const at::Tensor angles = at::outer(pack.positions.to(at::kFloat), frequencies);
  out->cosine = at::cos(angles);
  out->sine = at::sin(angles);
  out->sequence_starts = pack.host.sequence_starts;
  out->device_starts = pack.sequence_starts;
  out->longest = pack.longest;
  out->force_composition = force_composition;
  return out;
}

at::Tensor packed_attention(const at::Tensor& qkv, const AttentionSpec& spec,
                            const std::shared_ptr<const AttentionContext>& context) {
#ifdef POLYCLINIC_CUDA
  const bool supported = qkv.is_cpu() || qkv.is_cuda();
#else
  const bool supported = qkv.is_cpu();
#endif
  if (!supported) throw FailedError("packed attention has no kernel for this device", {}, "build with the preset cuda");
  auto held = c10::make_intrusive<Held>();
  held->spec = spec;
  held->context = context;
  return PackedAttention::apply(qkv, held);
}

}  // namespace polyclinic
