#include "model/language_model.h"

#include <ATen/ops/index_select.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <tuple>

#ifdef POLYCLINIC_CUDA
#include <ATen/ops/empty.h>

#include "kernels/cross_entropy.h"
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Logits held at once. A card needs more rows than a CPU before a product is worth its name.
constexpr std::int64_t chunk_elements_cpu = 1 << 24;   // 64 MiB in fp32
constexpr std::int64_t chunk_elements_cuda = 1 << 27;  // 256 MiB in a half type, where the gradient takes their place

struct ChunkLogits {
  at::Tensor logits;  // fp32 [n, vocabulary]
  at::Tensor tanh;    // of the capped logits; undefined without a cap
};

ChunkLogits chunk_logits(const at::Tensor& x, const at::Tensor& head, double softcap) {
  ChunkLogits out{at::mm(x, head.t()).to(at::kFloat), {}};
  if (softcap > 0.0) {
    out.tanh = out.logits.div_(softcap).tanh_();
    out.logits = out.tanh.mul(softcap);
  }
  return out;
}

std::int64_t chunk_rows(const at::Tensor& head) {
  const std::int64_t elements = head.is_cuda() ? chunk_elements_cuda : chunk_elements_cpu;
  return std::max<std::int64_t>(16, elements / std::max<std::int64_t>(1, head.size(0)));
}

#ifdef POLYCLINIC_CUDA
// Loss [n] of logits in the compute dtype, and their gradient in their place.
at::Tensor fused_loss(at::Tensor& logits, const at::Tensor& target, double softcap, bool gradient) {
  at::Tensor loss = at::empty({logits.size(0)}, logits.options().dtype(at::kFloat));
  const kernels::CrossEntropyShape shape{logits.size(0), logits.size(1), static_cast<float>(softcap), gradient};
  kernels::cross_entropy_cuda(shape, element_type(logits), logits.mutable_data_ptr(),
                              target.const_data_ptr<std::int64_t>(), loss.mutable_data_ptr<float>(), cuda_stream());
  return loss;
}
#endif

// -log p of each target, fp32 [n, 1], and where it is wanted the gradient of their sum by the logits, in x's dtype.
struct ChunkLoss {
  at::Tensor loss, gradient;
};

ChunkLoss chunk_loss(const at::Tensor& x, const at::Tensor& head, const at::Tensor& target, double softcap,
                     bool gradient) {
#ifdef POLYCLINIC_CUDA
  if (x.is_cuda()) {
    at::Tensor logits = at::mm(x, head.t());
    const at::Tensor loss = fused_loss(logits, target, softcap, gradient);
    return {loss.unsqueeze(1), gradient ? logits : at::Tensor()};
  }
#endif
  const ChunkLogits c = chunk_logits(x, head, softcap);
  const at::Tensor normaliser = at::logsumexp(c.logits, 1, true);
  ChunkLoss out{normaliser.sub(c.logits.gather(1, target)), {}};
  if (!gradient) return out;
  at::Tensor d = c.logits;  // not needed any more
  d.sub_(normaliser).exp_();
  d.scatter_add_(1, target, at::ones({target.size(0), 1}, d.options()).neg_());
  if (c.tanh.defined()) d.mul_(c.tanh.square().neg_().add_(1.0));
  out.gradient = d.to(x.scalar_type());
  return out;
}

// Calls body(chunk of the predictions' rows, their hidden states, their losses) for each chunk.
template <typename Body>
void over_chunks(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& rows, const at::Tensor& targets,
                 double softcap, bool gradient, const Body& body) {
  const std::int64_t step = chunk_rows(head);
  for (std::int64_t first = 0; first < rows.size(0); first += step) {
    const std::int64_t count = std::min(step, rows.size(0) - first);
    const at::Tensor chunk = rows.narrow(0, first, count);
    const at::Tensor x = at::index_select(hidden, 0, chunk);
    body(chunk, x, chunk_loss(x, head, targets.narrow(0, first, count).unsqueeze(1), softcap, gradient));
  }
}

// The gradient is made beside the loss, while a chunk's logits are there; the backward pass only scales it.
class ChunkedCrossEntropy : public torch::autograd::Function<ChunkedCrossEntropy> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& head,
                            const at::Tensor& rows, const at::Tensor& targets, double softcap) {
    const bool wants_hidden = hidden.requires_grad(), wants_head = head.requires_grad();
    at::Tensor total = at::zeros({}, hidden.options().dtype(at::kDouble));
    at::Tensor dhidden = wants_hidden ? at::zeros_like(hidden) : at::Tensor();
    at::Tensor dhead = wants_head ? at::zeros_like(head) : at::Tensor();
    over_chunks(hidden, head, rows, targets, softcap, wants_hidden || wants_head,
                [&](const at::Tensor& chunk, const at::Tensor& x, const ChunkLoss& c) {
                  total.add_(c.loss.sum());
                  if (wants_hidden) dhidden.index_copy_(0, chunk, at::mm(c.gradient, head));
                  if (wants_head) dhead.addmm_(c.gradient.t(), x);
                });
    context->save_for_backward({dhidden, dhead});
    return total.to(at::kFloat);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto scaled = [&](const at::Tensor& d) {
      return d.defined() ? d.mul(gradients[0].to(d.scalar_type())) : at::Tensor();
    };
    return {scaled(saved[0]), scaled(saved[1]), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

struct Predictions {
  at::Tensor rows;     // [n] int64: positions that predict
  at::Tensor targets;  // [n] int64: the tokens that follow them
};

Predictions predictions_of(const PackTensors& pack) {
  return {pack.predicting_rows, at::index_select(pack.token_ids, 0, pack.predicting_rows.add(1))};
}

}  // namespace

LanguageLoss language_loss(const Trunk& trunk, const at::Tensor& hidden, const PackTensors& pack) {
  const Predictions predictions = predictions_of(pack);
  return {ChunkedCrossEntropy::apply(hidden, trunk.vocabulary_head(), predictions.rows, predictions.targets,
                                     trunk.config().final_softcap),
          predictions.rows.size(0)};
}

at::Tensor token_log_probabilities(const Trunk& trunk, const at::Tensor& hidden, const PackTensors& pack) {
  const c10::AutoGradMode no_graph(false);
  const Predictions predictions = predictions_of(pack);
  at::Tensor out = at::zeros({pack.tokens()}, hidden.options().dtype(at::kFloat));
  over_chunks(hidden, trunk.vocabulary_head(), predictions.rows, predictions.targets, trunk.config().final_softcap,
              false, [&](const at::Tensor& chunk, const at::Tensor&, const ChunkLoss& c) {
                out.index_copy_(0, chunk.add(1), c.loss.squeeze(1).neg());
              });
  return out;
}

at::Tensor vocabulary_logits(const Trunk& trunk, const at::Tensor& hidden) {
  const c10::AutoGradMode no_graph(false);
  return chunk_logits(hidden, trunk.vocabulary_head(), trunk.config().final_softcap).logits;
}

}  // namespace polyclinic
