#include "adapter/parameter_store.h"

#include <ATen/ops/mv.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <map>
#include <numeric>

#include "core/concat.h"
#include "core/error.h"
#ifdef POLYCLINIC_CUDA
#include "kernels/task_gradients.h"
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {

std::size_t ParameterStore::add(std::string name, std::vector<std::int64_t> shape, std::string group, bool per_task,
                                bool decay) {
  assert(!allocated());
  const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  parameters_.push_back({std::move(name), std::move(shape), std::move(group), per_task, decay, false, 0, count});
  return parameters_.size() - 1;
}

void ParameterStore::allocate(std::int64_t tasks, const at::TensorOptions& options) {
  assert(!allocated() && tasks >= 1);
  std::map<std::string, std::size_t> group_order;
  std::map<std::string_view, std::size_t> names;
  for (const ParameterInfo& parameter : parameters_) {
    group_order.try_emplace(parameter.group, group_order.size());
    if (!names.try_emplace(parameter.name, names.size()).second) {
      throw FailedError(concat("two parameters are named ", parameter.name));
    }
  }
  order_.resize(parameters_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    const ParameterInfo &p = parameters_[a], &q = parameters_[b];
    if (p.per_task != q.per_task) return p.per_task;
    return group_order[p.group] < group_order[q.group];
  });
  for (const std::size_t index : order_) {
    parameters_[index].offset = count_;
    count_ += parameters_[index].count;
    if (parameters_[index].per_task) per_task_count_ = count_;
  }
  tasks_ = tasks;
  values_ = at::zeros({count_}, options);
  gradients_ = at::zeros({count_}, options);
  task_gradients_ = at::zeros({tasks, per_task_count_}, options);
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    value_views_.push_back(view(values_, index));
    gradient_views_.push_back(view(gradients_, index));
    unclaimed_.emplace_back(parameters_[index].per_task ? static_cast<std::size_t>(tasks) : 1, false);
  }
}

std::size_t ParameterStore::find(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return i;
  }
  throw FailedError(concat("no parameter is named ", name));
}

at::Tensor ParameterStore::view(const at::Tensor& flat, std::size_t index) const {
  const ParameterInfo& parameter = parameters_.at(index);
  return flat.narrow(0, parameter.offset, parameter.count).view(parameter.shape);
}

at::Tensor ParameterStore::task_gradient(std::size_t index) const {
  const ParameterInfo& parameter = parameters_.at(index);
  assert(parameter.per_task);
  return task_gradients().narrow(1, parameter.offset, parameter.count).unflatten(1, parameter.shape);
}

at::Tensor ParameterStore::gradient_matrix(std::size_t first, std::int64_t rows, std::int64_t columns,
                                           std::int64_t task) const {
  const ParameterInfo& parameter = parameters_.at(first);
  assert(parameter.offset + rows * columns <= (parameter.per_task ? per_task_count_ : count_));
  const std::int64_t row = parameter.per_task ? task * per_task_count_ : 0;
  const at::Tensor& flat = parameter.per_task ? task_gradients_ : gradients_;
  return flat.as_strided({rows, columns}, {columns, 1}, row + parameter.offset);
}

at::Tensor ParameterStore::task_gradient_matrices(std::size_t first, std::int64_t rows, std::int64_t columns) const {
  const std::int64_t offset = parameters_.at(first).offset;
  assert(parameters_.at(first).per_task && offset + rows * columns <= per_task_count_);
  return task_gradients_.as_strided({tasks_, rows, columns}, {per_task_count_, columns, 1}, offset);
}

float* ParameterStore::gradient_data(std::size_t index, std::int64_t task) const {
  const ParameterInfo& parameter = parameters_.at(index);
  if (!parameter.per_task) return gradients_.mutable_data_ptr<float>() + parameter.offset;
  return task_gradients_.mutable_data_ptr<float>() + task * per_task_count_ + parameter.offset;
}

at::Tensor ParameterStore::leaf(std::size_t index) const {
  assert(!parameters_.at(index).per_task);
  at::Tensor leaf = value(index).detach();
  leaf.set_requires_grad(true);
  leaf.mutable_grad() = gradient(index);
  return leaf;
}

std::vector<std::pair<std::int64_t, std::int64_t>> ParameterStore::ranges(std::string_view group) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const ParameterInfo& parameter : parameters_) {
    if (parameter.group == group) out.emplace_back(parameter.offset, parameter.offset + parameter.count);
  }
  std::sort(out.begin(), out.end());
  std::size_t kept = 0;
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (out[i].first == out[kept].second) {
      out[kept].second = out[i].second;
    } else {
      out[++kept] = out[i];
    }
  }
  if (!out.empty()) out.resize(kept + 1);
  return out;
}

std::vector<std::pair<std::int64_t, std::int64_t>> ParameterStore::no_decay() const {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const ParameterInfo& parameter : parameters_) {
    if (!parameter.decay) out.emplace_back(parameter.offset, parameter.offset + parameter.count);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Calls body(begin, end) for each run of neighbouring parameters that `wanted` picks.
template <typename Wanted, typename Body>
void ParameterStore::for_each_run(const Wanted& wanted, const Body& body) const {
  std::int64_t begin = -1, end = -1;
  for (const std::size_t index : order_) {
    const ParameterInfo& parameter = parameters_[index];
    if (!wanted(index)) continue;
    if (parameter.offset != end) {
      if (begin >= 0) body(begin, end);
      begin = parameter.offset;
    }
    end = parameter.offset + parameter.count;
  }
  if (begin >= 0) body(begin, end);
}

void ParameterStore::zero_gradients() {
  touch();  // a step lies between two of these: a safeguard where the optimiser wrote unseen
  for_each_run([&](std::size_t index) { return !parameters_[index].deferred && !parameters_[index].per_task; },
               [&](std::int64_t begin, std::int64_t end) { gradients_.narrow(0, begin, end - begin).zero_(); });
  for_each_run([&](std::size_t index) { return !parameters_[index].deferred && parameters_[index].per_task; },
               [&](std::int64_t begin, std::int64_t end) { task_gradients_.narrow(1, begin, end - begin).zero_(); });
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    if (!parameters_[index].deferred) continue;
    unclaimed_[index].assign(unclaimed_[index].size(), true);
    some_unclaimed_[parameters_[index].per_task ? 1 : 0] = true;
  }
  sum_unclaimed_ = per_task_count_ > 0;
}

bool ParameterStore::claim(std::size_t first, std::int64_t elements, std::int64_t task) const {
  const bool per_task = parameters_.at(first).per_task;
  const std::size_t row = per_task ? static_cast<std::size_t>(task) : 0;
  if (!some_unclaimed_[per_task ? 1 : 0]) return false;
  bool all = true;
  std::vector<std::size_t> fresh;
  for (std::size_t index = first; elements > 0; elements -= parameters_[index++].count) {
    all = all && unclaimed_.at(index)[row];
    if (unclaimed_[index][row]) fresh.push_back(index);
    unclaimed_[index][row] = false;
  }
  if (all) return true;
  for (const std::size_t index : fresh) gradient_matrix(index, 1, parameters_[index].count, task).zero_();
  return false;
}

void ParameterStore::settle(bool per_task) const {
  if (!some_unclaimed_[per_task ? 1 : 0]) return;
  some_unclaimed_[per_task ? 1 : 0] = false;
  const std::int64_t rows = per_task ? tasks_ : 1;
  for (std::int64_t row = 0; row < rows; ++row) {
    const at::Tensor flat = per_task ? task_gradients_[row] : gradients_;
    for_each_run(
        [&](std::size_t index) {
          return parameters_[index].per_task == per_task && unclaimed_[index][static_cast<std::size_t>(row)];
        },
        [&](std::int64_t begin, std::int64_t end) { flat.narrow(0, begin, end - begin).zero_(); });
  }
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    if (parameters_[index].per_task == per_task) unclaimed_[index].assign(unclaimed_[index].size(), false);
  }
}

const at::Tensor& ParameterStore::gradients() const {
  settle(false);
  if (sum_unclaimed_) gradients_.narrow(0, 0, per_task_count_).zero_();
  sum_unclaimed_ = false;
  return gradients_;
}

const at::Tensor& ParameterStore::task_gradients() const {
  settle(true);
  return task_gradients_;
}

const at::Tensor& ParameterStore::gradient(std::size_t index) const {
  gradients();
  return gradient_views_.at(index);
}

void ParameterStore::combine_task_gradients(const std::vector<double>& coefficients) {
  assert(static_cast<std::int64_t>(coefficients.size()) == tasks_);
  if (per_task_count_ == 0) return;
  at::Tensor weights = at::zeros({tasks_}, at::kDouble);
  std::copy(coefficients.begin(), coefficients.end(), weights.data_ptr<double>());
  combine_task_gradients(weights.to(task_gradients_.options()));
}

void ParameterStore::combine_task_gradients(const at::Tensor& coefficients) {
  if (per_task_count_ == 0) return;
  at::Tensor target = gradients_.narrow(0, 0, per_task_count_);
  sum_unclaimed_ = false;
  const at::Tensor& gradients = task_gradients();
#ifdef POLYCLINIC_CUDA
  if (target.is_cuda() && target.scalar_type() == at::kFloat && tasks_ <= kernels::most_gram_tasks) {
    const kernels::TaskGradients of{gradients.const_data_ptr<float>(), static_cast<std::int32_t>(tasks_),
                                    per_task_count_, per_task_count_};
    return kernels::combine_cuda(of, coefficients.const_data_ptr<float>(), target.mutable_data_ptr<float>(),
                                 cuda_stream());
  }
#endif
  at::mv_out(target, gradients.t(), coefficients);
}

void ParameterStore::sum_task_gradients() {
  if (per_task_count_ == 0) return;
  at::Tensor target = gradients_.narrow(0, 0, per_task_count_);
  sum_unclaimed_ = false;
  at::sum_out(target, task_gradients(), at::IntArrayRef{0});
}

}  // namespace polyclinic
