#include "train/train_step.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include <c10/util/Exception.h>

#include "core/random.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

// What the parts' losses are multiplied and divided by, all [parts] fp64 on the device.
struct PartNumbers {
  at::Tensor counts;         // loss-bearing units, at least 1
  at::Tensor present;        // 1 where the part is in the step, else 0
  at::Tensor log_variances;  // with uncertainty
  at::Tensor sums;           // of the losses
};

PartNumbers part_numbers(const Network& network, const std::vector<LossTerm>& terms) {
  const auto parts = static_cast<std::int64_t>(terms.size());
  at::Tensor host = at::empty({2, parts}, at::kDouble);
  auto* values = host.mutable_data_ptr<double>();
  for (std::size_t p = 0; p < terms.size(); ++p) {
    values[p] = static_cast<double>(std::max<std::int64_t>(1, terms[p].count));
    values[terms.size() + p] = terms[p].count > 0 ? 1 : 0;
  }
  const at::Tensor sent = upload(host, network.trunk().options().device);
  PartNumbers out{sent[0], sent[1], {}, at::zeros({parts}, sent.options())};
  if (network.log_variances()) out.log_variances = network.store().value(*network.log_variances()).to(at::kDouble);
  return out;
}

// Of each part's summed loss, [parts] fp32: its weight, over its units, times the scale of float16.
at::Tensor loss_factors(const PartNumbers& parts, LossScaler& scaler) {
  at::Tensor factors = parts.counts.reciprocal();
  if (scaler.enabled()) factors.mul_(scaler.device_scale(factors.device()));
  if (parts.log_variances.defined()) factors.mul_(loss_weights(parts.log_variances));
  return factors.to(at::kFloat);
}

// Adds the gradients of every pack of the step; fills the sums and the result's packs.
void accumulate(Network& network, const StepOptions& options, const std::vector<PartSequence>& sequences,
                const at::Tensor& factors, const at::Tensor& sums, std::int64_t step, StepResult& result) {
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
      const auto index = static_cast<std::int64_t>(p);
      sums[index].add_(loss.sum.detach());
      const at::Tensor weighted = loss.sum.mul(factors[index]);
      total = total.defined() ? total.add(weighted) : weighted;
    }
    if (total.defined() && total.requires_grad()) total.backward();
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Sums or projects the per-task gradients into the flat ones. Returns their Gram matrix [tasks, tasks] fp64.
at::Tensor combine(ParameterStore& store, const StepOptions& options, std::int64_t step) {
  const at::Tensor gram = gram_product(store.task_gradients()).to(at::kDouble);
  if (!options.pcgrad) {
    store.sum_task_gradients();
    return gram;
  }
  RandomStream order(options.data_seed, mix({0x7063, static_cast<std::uint64_t>(step)}));
  store.combine_task_gradients(projection_coefficients(gram, order).to(store.task_gradients().scalar_type()));
  return gram;
}

// Gradients of the whole step into the store, as the optimiser wants them but for clipping; pushes numbers for the log.
void finish_gradients(ParameterStore& store, const Network& network, const PartNumbers& parts, LossScaler& scaler,
                      const StepOptions& options, std::vector<at::Tensor>& numbers) {
  at::Tensor gradients = store.gradients();
  if (scaler.enabled()) gradients.mul_(scaler.device_scale(gradients.device()).reciprocal());
  if (parts.log_variances.defined()) {
    store.gradient(*network.log_variances())
        .copy_(log_variance_gradient(parts.log_variances, parts.sums.div(parts.counts), parts.present));
    numbers.push_back(parts.log_variances);
  }
  if (options.elastic == nullptr || !options.elastic->active()) return;
  numbers.push_back(options.elastic->penalty(store.values()));
  options.elastic->add_gradient(store.values(), gradients);
}

}  // namespace

QueuedStep queue_step(Network& network, AdamW& optimizer, LossScaler& scaler, const StepOptions& options,
                      const std::vector<PartSequence>& sequences, std::int64_t step, double learning_rate) {
  ParameterStore& store = network.store();
  QueuedStep queued;
  queued.step_ = step;
  queued.weighting_ = options.weighting;
  queued.log_variances_ = network.log_variances().has_value();
  queued.surgery_ = store.per_task_count() > 0;
  queued.elastic_ = options.elastic != nullptr && options.elastic->active();
  StepResult& result = queued.result_;
  for (std::size_t p = 0; p < network.parts().size(); ++p) result.terms.push_back({p, 0, 0});
  for (const PartSequence& item : sequences) result.terms[item.part].count += item.units();
  store.zero_gradients();
  const PartNumbers parts = part_numbers(network, result.terms);
  at::Tensor gram;
  try {
    accumulate(network, options, sequences, loss_factors(parts, scaler), parts.sums, step, result);
    if (queued.surgery_) gram = combine(store, options, step);
  } catch (const c10::OutOfMemoryError& error) {
    throw OutOfDeviceMemory(first_line(error.what_without_backtrace()));
  }
  std::vector<at::Tensor> details;
  finish_gradients(store, network, parts, scaler, options, details);
  at::Tensor gradients = store.gradients();
  const at::Tensor norm = clip_gradients(gradients, options.max_grad_norm).to(at::kDouble);
  const at::Tensor skip = at::isfinite(parts.sums.sum().add_(norm)).logical_not().to(at::kFloat);
  optimizer.step(gradients, learning_rate, skip);
  scaler.queue_update(skip);
  std::vector<at::Tensor> numbers = {skip.to(at::kDouble), norm, parts.sums};
  numbers.insert(numbers.end(), details.begin(), details.end());
  if (queued.surgery_) numbers.push_back(gram);
  queued.numbers_ = LateNumbers(numbers);
  return queued;
}

StepResult QueuedStep::read(LossScaler& scaler) {
  const std::vector<double> numbers = numbers_.read();
  const double* next = numbers.data();
  const bool skipped = *next++ != 0;
  result_.gradient_norm = *next++;
  for (LossTerm& term : result_.terms) term.sum = *next++;
  std::vector<double> log_variances(result_.terms.size(), 0.0);
  if (log_variances_) {
    for (double& value : log_variances) value = *next++;
  }
  result_.loss = weighted_loss(weighting_, log_variances, result_.terms);
  if (elastic_) result_.elastic_penalty = *next++;
  if (surgery_ && std::all_of(next, numbers.data() + numbers.size(), [](double v) { return std::isfinite(v); })) {
    result_.conflicts = measure_conflicts(square_matrix(next, result_.terms.size()));
  }
  result_.taken = scaler.update(!skipped, step_);
  return std::move(result_);
}

StepResult take_step(Network& network, AdamW& optimizer, LossScaler& scaler, const StepOptions& options,
                     const std::vector<PartSequence>& sequences, std::int64_t step, double learning_rate) {
  return queue_step(network, optimizer, scaler, options, sequences, step, learning_rate).read(scaler);
}

}  // namespace polyclinic
