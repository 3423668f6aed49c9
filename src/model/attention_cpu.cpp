#include "model/attention_cpu.h"

#include <ATen/Parallel.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_backward.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>
#include <tuple>

namespace polyclinic {
namespace {

// Views of one sequence's rows as [kv_heads, heads / kv_heads, length, head_dim]; keys and values repeat by stride 0.
struct SequenceViews {
  at::Tensor q, k, v;
};

at::Tensor head_view(const at::Tensor& rows, std::int64_t column, std::int64_t kv_heads, std::int64_t group,
                     std::int64_t head_dim, bool shared) {
  const std::int64_t stride = rows.stride(0);
  return rows.as_strided({kv_heads, group, rows.size(0), head_dim},
                         {shared ? head_dim : group * head_dim, shared ? 0 : head_dim, stride, 1},
                         rows.storage_offset() + column);
}

SequenceViews views_of(const at::Tensor& qkv, const AttentionSpec& spec, std::int64_t begin, std::int64_t end) {
  const at::Tensor rows = qkv.narrow(0, begin, end - begin);
  const std::int64_t group = spec.heads / spec.kv_heads;
  const std::int64_t key = spec.heads * spec.head_dim;
  return {head_view(rows, 0, spec.kv_heads, group, spec.head_dim, false),
          head_view(rows, key, spec.kv_heads, group, spec.head_dim, true),
          head_view(rows, key + spec.kv_heads * spec.head_dim, spec.kv_heads, group, spec.head_dim, true)};
}

at::Tensor output_view(const at::Tensor& out, const AttentionSpec& spec, std::int64_t begin, std::int64_t end) {
  return head_view(out.narrow(0, begin, end - begin), 0, spec.kv_heads, spec.heads / spec.kv_heads, spec.head_dim,
                   false);
}

bool flash_serves(const AttentionSpec& spec, std::int64_t length) {
  return spec.softcap == 0.0 && (spec.window == 0 || spec.window >= length);
}

// Sets masked scores [.., L, L] to -infinity: the future when causal, and whatever lies at distance >= window.
void mask_scores(at::Tensor& scores, const AttentionSpec& spec) {
  const std::int64_t length = scores.size(-1);
  auto* data = scores.mutable_data_ptr<float>();
  const std::int64_t planes = scores.numel() / (length * length);
  const float masked = -std::numeric_limits<float>::infinity();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t i = 0; i < length; ++i) {
      float* row = data + (plane * length + i) * length;
      const std::int64_t first = spec.window > 0 ? std::max<std::int64_t>(0, i - spec.window + 1) : 0;
      std::int64_t last = spec.window > 0 ? std::min(length, i + spec.window) : length;
      if (spec.causal) last = i + 1;
      std::fill(row, row + first, masked);
      std::fill(row + last, row + length, masked);
    }
  }
}

// The capped score's tanh and the probabilities of one sequence, fp32.
struct Composition {
  at::Tensor q, k, v, tanh, probabilities;
};

Composition compose(const SequenceViews& views, const AttentionSpec& spec) {
  Composition out{views.q.to(at::kFloat), views.k.to(at::kFloat), views.v.to(at::kFloat), {}, {}};
  at::Tensor scores = at::matmul(out.q, out.k.transpose(-1, -2)).mul_(spec.scale);
  if (spec.softcap > 0.0) {
    out.tanh = scores.div_(spec.softcap).tanh_();
    scores = out.tanh.mul(spec.softcap);
  }
  mask_scores(scores, spec);
  out.probabilities = at::_softmax(scores, -1, false);
  return out;
}

void add_gradient(const at::Tensor& gradient, const at::Tensor& dqkv, const AttentionSpec& spec, std::int64_t begin,
                  std::int64_t end, std::int64_t column) {
  // Keys and values serve a group of query heads: their gradients add up over the group.
  const at::Tensor target =
      head_view(dqkv.narrow(0, begin, end - begin), column, spec.kv_heads, 1, spec.head_dim, true);
  if (gradient.size(1) == 1) {
    target.copy_(gradient);
  } else {
    target.copy_(gradient.sum(1, true));
  }
}

struct Gradients {
  at::Tensor q, k, v;
};

Gradients composed_gradients(const at::Tensor& dout_view, const SequenceViews& views, const AttentionSpec& spec) {
  const Composition c = compose(views, spec);
  const at::Tensor dout = dout_view.to(at::kFloat);
  at::Tensor dscores = at::matmul(dout, c.v.transpose(-1, -2));
  const at::Tensor mean = dscores.mul(c.probabilities).sum(-1, true);
  dscores = dscores.sub_(mean).mul_(c.probabilities);
  if (c.tanh.defined()) dscores.mul_(c.tanh.square().neg_().add_(1.0));
  dscores.mul_(spec.scale);
  return {at::matmul(dscores, c.k), at::matmul(dscores.transpose(-1, -2), c.q),
          at::matmul(c.probabilities.transpose(-1, -2), dout)};
}

}  // namespace

AttentionSaved attention_forward_cpu(const at::Tensor& qkv, const AttentionSpec& spec,
                                     const std::vector<std::int32_t>& starts) {
  AttentionSaved saved;
  saved.out = at::empty({qkv.size(0), spec.heads * spec.head_dim}, qkv.options());
  saved.logsumexp.resize(starts.size() - 1);
  at::parallel_for(0, static_cast<std::int64_t>(starts.size()) - 1, 1, [&](std::int64_t first, std::int64_t last) {
    const c10::AutoGradMode no_graph(false);  // grad mode does not follow into worker threads
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
      const SequenceViews views = views_of(qkv, spec, starts[i], starts[i + 1]);
      const at::Tensor target = output_view(saved.out, spec, starts[i], starts[i + 1]);
      if (flash_serves(spec, starts[i + 1] - starts[i])) {
        at::Tensor result;
        std::tie(result, saved.logsumexp[i]) = at::_scaled_dot_product_flash_attention_for_cpu(
            views.q, views.k, views.v, 0.0, spec.causal, std::nullopt, spec.scale);
        target.copy_(result);
      } else {
        const Composition c = compose(views, spec);
        target.copy_(at::matmul(c.probabilities, c.v));
      }
    }
  });
  return saved;
}

at::Tensor attention_backward_cpu(const at::Tensor& dout, const at::Tensor& qkv, const AttentionSaved& saved,
                                  const AttentionSpec& spec, const std::vector<std::int32_t>& starts) {
  at::Tensor dqkv = at::empty_like(qkv);
  const std::int64_t key = spec.heads * spec.head_dim;
  at::parallel_for(0, static_cast<std::int64_t>(starts.size()) - 1, 1, [&](std::int64_t first, std::int64_t last) {
    const c10::AutoGradMode no_graph(false);
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
      const std::int64_t begin = starts[i], end = starts[i + 1];
      const SequenceViews views = views_of(qkv, spec, begin, end);
      const at::Tensor dout_view = output_view(dout, spec, begin, end);
      Gradients gradients;
      if (flash_serves(spec, end - begin)) {
        std::tie(gradients.q, gradients.k, gradients.v) = at::_scaled_dot_product_flash_attention_for_cpu_backward(
            dout_view, views.q, views.k, views.v, output_view(saved.out, spec, begin, end), saved.logsumexp[i], 0.0,
            spec.causal, std::nullopt, spec.scale);
      } else {
        gradients = composed_gradients(dout_view, views, spec);
      }
      output_view(dqkv, spec, begin, end).copy_(gradients.q);
      add_gradient(gradients.k, dqkv, spec, begin, end, key);
      add_gradient(gradients.v, dqkv, spec, begin, end, key + spec.kv_heads * spec.head_dim);
    }
  });
  return dqkv;
}

}  // namespace polyclinic
