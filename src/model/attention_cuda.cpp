#include "model/attention_cuda.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/_flash_attention_backward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/repeat_interleave.h>

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "kernels/capped_softmax.h"
#include "model/cuda_bridge.h"

namespace polyclinic {
namespace {

// q, k, v as views [T, heads, head_dim] of the merged projection.
struct Heads {
  at::Tensor q, k, v;
};

Heads split_heads(const at::Tensor& qkv, const AttentionSpec& spec) {
  const std::int64_t q = spec.heads * spec.head_dim, k = spec.kv_heads * spec.head_dim;
  return {qkv.narrow(1, 0, q).unflatten(1, {spec.heads, spec.head_dim}),
          qkv.narrow(1, q, k).unflatten(1, {spec.kv_heads, spec.head_dim}),
          qkv.narrow(1, q + k, k).unflatten(1, {spec.kv_heads, spec.head_dim})};
}

std::optional<c10::SymInt> window_side(const AttentionSpec& spec) {
  if (spec.window == 0) return std::nullopt;
  return c10::SymInt(spec.window - 1);
}

CudaAttentionSaved flash_forward(const at::Tensor& qkv, const AttentionSpec& spec, const AttentionContext& context) {
  const Heads h = split_heads(qkv, spec);
  auto [out, logsumexp, random_state, unused, debug] = at::_flash_attention_forward_symint(
      h.q, h.k, h.v, context.device_starts, context.device_starts, context.longest, context.longest, 0.0, spec.causal,
      false, spec.scale, window_side(spec), spec.causal ? std::nullopt : window_side(spec));
  return {out.flatten(1), logsumexp, random_state, unused};
}

// The kernel adds the pieces of dq of a long sequence in any order unless torch's flag asks for a fixed one; a resumed
// run must repeat to the bit. The flag is up for this one call, so that it costs nothing elsewhere.
class FixedOrder {
 public:
  FixedOrder() : before_(context().deterministicAlgorithms()), fill_(context().deterministicFillUninitializedMemory()) {
    context().setDeterministicFillUninitializedMemory(false);
    context().setDeterministicAlgorithms(true, false);
  }
  ~FixedOrder() {
    context().setDeterministicAlgorithms(before_, warn_only_);
    context().setDeterministicFillUninitializedMemory(fill_);
  }
  FixedOrder(const FixedOrder&) = delete;
  FixedOrder& operator=(const FixedOrder&) = delete;

 private:
  static at::Context& context() { return at::globalContext(); }
  bool before_, fill_;
  bool warn_only_ = context().deterministicAlgorithmsWarnOnly();
};

at::Tensor flash_backward(const at::Tensor& dout, const at::Tensor& qkv, const CudaAttentionSaved& saved,
                          const AttentionSpec& spec, const AttentionContext& context) {
  const Heads h = split_heads(qkv, spec);
  const auto shape = std::vector<std::int64_t>{qkv.size(0), spec.heads, spec.head_dim};
  const FixedOrder fixed;
  auto [dq, dk, dv] = at::_flash_attention_backward_symint(
      dout.view(shape), h.q, h.k, h.v, saved.out.view(shape), saved.logsumexp, context.device_starts,
      context.device_starts, context.longest, context.longest, 0.0, spec.causal, saved.random_state, saved.unused,
      spec.scale, window_side(spec), spec.causal ? std::nullopt : window_side(spec));
  return at::cat({dq.flatten(1), dk.flatten(1), dv.flatten(1)}, 1);
}

// The padded squares of one group of sequences, made and read by row indices.
struct Group {
  std::int64_t sequences = 0;
  at::Tensor rows;     // int64 [sequences * longest]: the pack's row of each padded place; any row where there is none
  at::Tensor lengths;  // int32 [sequences]
};

constexpr std::int64_t most_score_elements = std::int64_t{1} << 28;

Group make_group(const AttentionContext& context, std::int64_t first, std::int64_t sequences, std::int64_t tokens) {
  const at::Tensor starts = context.device_starts.narrow(0, first, sequences);
  const at::Tensor ends = context.device_starts.narrow(0, first + 1, sequences);
  const at::Tensor places = at::arange(context.longest, starts.options().dtype(at::kLong));
  const at::Tensor rows = (starts.to(at::kLong).unsqueeze(1) + places).clamp_max(tokens - 1);
  return {sequences, rows.flatten(), ends - starts};
}

// [T, heads, d] -> [sequences * kv_heads, (heads / kv_heads) * longest, d], the group's squares.
at::Tensor pad(const at::Tensor& rows, const Group& group, std::int64_t kv_heads, std::int64_t longest) {
  const std::int64_t per_kv = rows.size(1) / kv_heads, d = rows.size(2);
  return rows.index_select(0, group.rows)
      .view({group.sequences, longest, kv_heads, per_kv, d})
      .permute({0, 2, 3, 1, 4})
      .reshape({group.sequences * kv_heads, per_kv * longest, d});
}

// The way back: [sequences * kv_heads, per_kv * longest, d] -> [sequences * longest, kv_heads * per_kv * d].
at::Tensor unpad(const at::Tensor& squares, const Group& group, std::int64_t kv_heads, std::int64_t longest) {
  const std::int64_t per_kv = squares.size(1) / longest, d = squares.size(2);
  return squares.view({group.sequences, kv_heads, per_kv, longest, d})
      .permute({0, 3, 1, 2, 4})
      .reshape({group.sequences * longest, kv_heads * per_kv * d});
}

// Padded place of each row of the pack, [T]: sequence * longest + position.
at::Tensor places_of_rows(const AttentionContext& context) {
  const at::Tensor starts = context.device_starts.to(at::kLong);
  const std::int64_t sequences = starts.size(0) - 1;
  const at::Tensor lengths = starts.narrow(0, 1, sequences) - starts.narrow(0, 0, sequences);
  const std::int64_t tokens = context.sequence_starts.back();
  const at::Tensor shift = at::arange(sequences, starts.options()) * context.longest - starts.narrow(0, 0, sequences);
  return at::repeat_interleave(shift, lengths, 0, tokens) + at::arange(tokens, starts.options());
}

std::int64_t group_size(const AttentionSpec& spec, const AttentionContext& context) {
  return std::max<std::int64_t>(1, most_score_elements / (spec.heads * context.longest * context.longest));
}

kernels::CappedSoftmaxShape softmax_shape(const AttentionSpec& spec, const AttentionContext& context,
                                          const Group& group) {
  return {.sequences = group.sequences,
          .heads = spec.heads,
          .longest = context.longest,
          .scale = static_cast<float>(spec.scale),
          .cap = static_cast<float>(spec.softcap),
          .window = spec.window,
          .causal = spec.causal};
}

CudaAttentionSaved composed_forward(const at::Tensor& qkv, const AttentionSpec& spec, const AttentionContext& context) {
  const Heads h = split_heads(qkv, spec);
  const auto sequences = static_cast<std::int64_t>(context.sequence_starts.size()) - 1;
  std::vector<at::Tensor> outs;
  for (std::int64_t first = 0; first < sequences; first += group_size(spec, context)) {
    const Group group = make_group(context, first, std::min(group_size(spec, context), sequences - first), qkv.size(0));
    const at::Tensor q = pad(h.q, group, spec.kv_heads, context.longest);
    const at::Tensor k = pad(h.k, group, spec.kv_heads, context.longest);
    const at::Tensor v = pad(h.v, group, spec.kv_heads, context.longest);
    at::Tensor p = at::bmm(q, k.transpose(1, 2));
    kernels::capped_softmax_forward_cuda(softmax_shape(spec, context, group), element_type(p), p.data_ptr(),
                                         group.lengths.const_data_ptr<std::int32_t>(), p.data_ptr(), cuda_stream());
    outs.push_back(unpad(at::bmm(p, v), group, spec.kv_heads, context.longest));
  }
  return {at::cat(outs, 0).index_select(0, places_of_rows(context)), {}, {}, {}};
}

at::Tensor composed_backward(const at::Tensor& dout, const at::Tensor& qkv, const AttentionSpec& spec,
                             const AttentionContext& context) {
  const Heads h = split_heads(qkv, spec);
  const at::Tensor dout_heads = dout.view({qkv.size(0), spec.heads, spec.head_dim});
  const auto sequences = static_cast<std::int64_t>(context.sequence_starts.size()) - 1;
  std::vector<at::Tensor> outs;
  for (std::int64_t first = 0; first < sequences; first += group_size(spec, context)) {
    const Group group = make_group(context, first, std::min(group_size(spec, context), sequences - first), qkv.size(0));
    const at::Tensor q = pad(h.q, group, spec.kv_heads, context.longest);
    const at::Tensor k = pad(h.k, group, spec.kv_heads, context.longest);
    const at::Tensor v = pad(h.v, group, spec.kv_heads, context.longest);
    const at::Tensor g = pad(dout_heads, group, spec.kv_heads, context.longest);
    at::Tensor p = at::bmm(q, k.transpose(1, 2));
    at::Tensor ds = at::bmm(g, v.transpose(1, 2));
    kernels::capped_softmax_backward_cuda(softmax_shape(spec, context, group), element_type(p), ds.data_ptr(),
                                          p.data_ptr(), group.lengths.const_data_ptr<std::int32_t>(), p.data_ptr(),
                                          ds.data_ptr(), cuda_stream());
    const std::int64_t kv = spec.kv_heads, longest = context.longest;
    outs.push_back(
        at::cat({unpad(at::bmm(ds, k), group, kv, longest), unpad(at::bmm(ds.transpose(1, 2), q), group, kv, longest),
                 unpad(at::bmm(p.transpose(1, 2), g), group, kv, longest)},
                1));
  }
  return at::cat(outs, 0).index_select(0, places_of_rows(context));
}

}  // namespace

CudaAttentionPath cuda_attention_path(const at::Tensor& qkv, const AttentionSpec& spec, bool force_composition) {
  const bool half = qkv.scalar_type() == at::kHalf || qkv.scalar_type() == at::kBFloat16;
  const bool ampere = at::cuda::getDeviceProperties(qkv.get_device())->major >= 8;
  const bool size = spec.head_dim % 8 == 0 && spec.head_dim <= 256;  // what the flash kernel has
  const bool flash = half && ampere && size && spec.softcap == 0 && !force_composition;
  return flash ? CudaAttentionPath::flash : CudaAttentionPath::composition;
}

CudaAttentionSaved attention_forward_cuda(const at::Tensor& qkv, const AttentionSpec& spec,
                                          const AttentionContext& context, CudaAttentionPath path) {
  return path == CudaAttentionPath::flash ? flash_forward(qkv, spec, context) : composed_forward(qkv, spec, context);
}

at::Tensor attention_backward_cuda(const at::Tensor& dout, const at::Tensor& qkv, const CudaAttentionSaved& saved,
                                   const AttentionSpec& spec, const AttentionContext& context, CudaAttentionPath path) {
  return path == CudaAttentionPath::flash ? flash_backward(dout, qkv, saved, spec, context)
                                          : composed_backward(dout, qkv, spec, context);
}

}  // namespace polyclinic
