#include "train/train_step.h"

#include <algorithm>
#include <cmath>

#include <c10/util/Exception.h>

#include "core/random.h"

namespace polyclinic {
namespace {

std::vector<double> log_variances(const Network& network) {
  std::vector<double> values(network.parts().size(), 0.0);
  if (!network.log_variances()) return values;
  const at::Tensor host = network.store().value(*network.log_variances()).to(at::kCPU);
  for (std::size_t p = 0; p < values.size(); ++p) values[p] = host[static_cast<std::int64_t>(p)].item<double>();
  return values;
}

// Adds the gradients of every pack of the step; fills result.terms and result.packs.
void accumulate(Network& network, const StepOptions& options, const std::vector<PartSequence>& sequences,
                const std::vector<double>& factors, std::int64_t step, StepResult& result) {
  const DropoutKey key{options.dropout_seed, static_cast<std::uint64_t>(step)};
  // Sequences of a part share packs, so that few parts share one: rows of like slots multiply in one piece.
  std::vector<PartSequence> ordered = sequences;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const PartSequence& a, const PartSequence& b) { return a.part < b.part; });
  for (const PackTensors& pack : network.packs(ordered, options.max_tokens)) {
    ++result.packs;
    result.largest_pack = std::max(result.largest_pack, pack.tokens());
    const at::Tensor hidden = network.hidden(pack, key);
    at::Tensor total;
    for (std::size_t p = 0; p < network.parts().size(); ++p) {
      const HeadBatch batch = network.batch(p, hidden, pack, ordered);
      if (batch.rows.empty()) continue;
      const HeadLoss loss = network.parts()[p].head->loss(batch);
      result.terms[p].sum += loss.sum.item<double>();
      const at::Tensor weighted = loss.sum.mul(factors[p]);
      total = total.defined() ? total.add(weighted) : weighted;
    }
    if (total.defined() && total.requires_grad()) total.backward();
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Sums or projects the per-task gradients into the flat ones.
void combine(Network& network, const StepOptions& options, std::int64_t step, StepResult& result) {
  ParameterStore& store = network.store();
  if (store.per_task_count() == 0) return;
  const SquareMatrix gram = gram_matrix(store.task_gradients());
  for (const std::vector<double>& row : gram) {
    for (const double value : row) {
      if (!std::isfinite(value)) return store.sum_task_gradients();  // the overflow check comes next
    }
  }
  if (options.pcgrad) {
    RandomStream order(options.data_seed, mix({0x7063, static_cast<std::uint64_t>(step)}));
    result.conflicts = project_conflicts(gram, order);
    store.combine_task_gradients(result.conflicts.coefficients);
  } else {
    result.conflicts = measure_conflicts(gram);
    store.sum_task_gradients();
  }
}

}  // namespace

StepResult take_step(Network& network, AdamW& optimizer, LossScaler& scaler, const StepOptions& options,
                     const std::vector<PartSequence>& sequences, std::int64_t step, double learning_rate) {
  ParameterStore& store = network.store();
  StepResult result;
  for (std::size_t p = 0; p < network.parts().size(); ++p) result.terms.push_back({p, 0, 0});
  for (const PartSequence& item : sequences) result.terms[item.part].count += item.units();
  const std::vector<double> s = log_variances(network);
  std::vector<double> factors = loss_weights(options.weighting, s);
  for (std::size_t p = 0; p < factors.size(); ++p) {
    factors[p] *= scaler.scale() / static_cast<double>(std::max<std::int64_t>(1, result.terms[p].count));
  }
  store.zero_gradients();
  try {
    accumulate(network, options, sequences, factors, step, result);
    combine(network, options, step, result);
  } catch (const c10::OutOfMemoryError& error) {
    throw OutOfDeviceMemory(first_line(error.what_without_backtrace()));
  }
  at::Tensor gradients = store.gradients();
  if (scaler.scale() != 1) gradients.mul_(1 / scaler.scale());
  const WeightedLoss weighted = weighted_loss(options.weighting, s, result.terms);
  result.loss = weighted.value;
  if (network.log_variances()) {
    at::Tensor target = store.gradient(*network.log_variances());
    for (std::size_t p = 0; p < s.size(); ++p) target[static_cast<std::int64_t>(p)].fill_(weighted.s_gradient[p]);
  }
  if (options.elastic != nullptr && options.elastic->active()) {
    result.elastic_penalty = options.elastic->penalty(store.values());
    options.elastic->add_gradient(store.values(), gradients);
  }
  result.gradient_norm = clip_gradients(gradients, options.max_grad_norm);
  result.taken = scaler.update(std::isfinite(result.gradient_norm) && std::isfinite(result.loss), step);
  if (result.taken) optimizer.step(gradients, learning_rate);
  return result;
}

}  // namespace polyclinic
