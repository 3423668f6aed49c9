#include "adapter/routing.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cassert>

#include "core/random.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

bool any_per_task(const AdapterPlan& plan) {
  return std::any_of(plan.slots.begin(), plan.slots.end(),
                     [](const SlotSpec& slot) { return slot.per_task_gradients; });
}

}  // namespace

Routing::Routing(const AdapterPlan& plan, const PackTensors& pack, std::optional<DropoutKey> key)
    : plan_(plan), rows_(pack.tokens()) {
  if (plan.dropout > 0) key_ = key;
  const Pack& host = pack.host;
  const bool split_tasks = any_per_task(plan);
  std::vector<bool> used(plan.slots.size(), false);
  for (std::int64_t s = 0; s < host.sequences(); ++s) {
    const auto i = static_cast<std::size_t>(s);
    const auto route = static_cast<std::size_t>(host.sequence_route[i]);
    assert(route < plan.routes.size() && host.sequence_task[i] >= 0 && host.sequence_task[i] < plan.tasks);
    const RowRun run{host.sequence_starts[i], host.sequence_starts[i + 1], route, host.sequence_task[i]};
    sequences_.push_back(run);
    for (const std::size_t slot : plan.routes[route].slots) used[slot] = true;
    const bool same_slots = !runs_.empty() && plan.routes[runs_.back().route].slots == plan.routes[route].slots;
    if (same_slots && (!split_tasks || runs_.back().task == run.task)) {
      runs_.back().end = run.end;
    } else {
      runs_.push_back(run);
      if (!split_tasks) runs_.back().task = -1;
    }
    indices_.push_back(static_cast<std::int32_t>(host.sequence_index[i]));
  }
  for (std::size_t slot = 0; slot < used.size(); ++slot) {
    if (used[slot]) slots_.push_back(slot);
  }
}

std::size_t Routing::pieces() const {
  std::size_t count = 1;
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    if (plan_.routes[runs_[i].route].slots != plan_.routes[runs_[i - 1].route].slots) ++count;
  }
  return count;
}

bool Routing::uniform() const {
  return std::all_of(runs_.begin(), runs_.end(),
                     [&](const RowRun& run) { return plan_.routes[run.route].slots == slots_; });
}

std::shared_ptr<const Routing> Routing::slice(const std::shared_ptr<const Routing>& whole, std::int64_t begin,
                                              std::int64_t end) {
  assert(begin >= 0 && begin < end && end <= whole->rows_ && whole->whole_ == nullptr);
  auto out = std::make_shared<Routing>(*whole);
  out->rows_ = end - begin;
  out->whole_ = whole;
  out->begin_ = begin;
  out->sequences_.clear();  // only the whole makes masks and keys
  out->indices_.clear();
  out->dropout_rows_ = {};
  out->by_layout_.clear();
  out->runs_.clear();
  for (const RowRun& run : whole->runs_) {
    const std::int64_t first = std::max(run.begin, begin), last = std::min(run.end, end);
    if (first < last) out->runs_.push_back({first - begin, last - begin, run.route, run.task});
  }
  return out;
}

at::Tensor Routing::upload(const std::vector<float>& values, std::int64_t columns,
                           const at::TensorOptions& options) const {
  at::Tensor host = at::empty({rows_, columns}, at::kFloat);
  std::copy(values.begin(), values.end(), host.data_ptr<float>());
  return polyclinic::upload(host, options);
}

const DropoutRows& Routing::dropout_rows(at::Device device) const {
  assert(key_);
  if (whole_ != nullptr) {
    const DropoutRows& all = whole_->dropout_rows(device);
    dropout_rows_ = {all.keys.narrow(0, begin_, rows_), all.step};
    return dropout_rows_;
  }
  if (dropout_rows_.keys.defined() && dropout_rows_.keys.device() == device) return dropout_rows_;
  at::Tensor keys = at::empty({rows_, 3}, at::kInt), step = at::empty({2}, at::kInt);
  auto* out = keys.mutable_data_ptr<std::int32_t>();
  for (std::size_t s = 0; s < sequences_.size(); ++s) {
    for (std::int64_t row = sequences_[s].begin; row < sequences_[s].end; ++row) {
      *out++ = static_cast<std::int32_t>(row - sequences_[s].begin);
      *out++ = indices_[s];
      *out++ = static_cast<std::int32_t>(sequences_[s].route);
    }
  }
  const std::uint64_t mixed = mix({key_->seed, key_->step});
  step.mutable_data_ptr<std::int32_t>()[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(mixed));
  step.mutable_data_ptr<std::int32_t>()[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(mixed >> 32));
  dropout_rows_ = {polyclinic::upload(keys, device), polyclinic::upload(step, device)};
  return dropout_rows_;
}

at::Tensor Routing::slot_mask(const at::TensorOptions& options) const {
  if (whole_ != nullptr) return whole_->slot_mask(options).narrow(0, begin_, rows_);
  if (slot_mask_.defined()) return slot_mask_.to(options);
  const auto columns = static_cast<std::int64_t>(plan_.slots.size());
  std::vector<float> values(static_cast<std::size_t>(rows_ * columns), 0.0F);
  for (const RowRun& run : sequences_) {
    for (std::int64_t row = run.begin; row < run.end; ++row) {
      for (const std::size_t slot : plan_.routes[run.route].slots) {
        values[static_cast<std::size_t>(row * columns) + slot] = 1.0F;
      }
    }
  }
  return slot_mask_ = upload(values, columns, options);
}

at::Tensor Routing::by_layout(const std::vector<std::int64_t>& layout, const at::TensorOptions& options,
                              const std::function<at::Tensor(const at::Tensor&)>& make) const {
  if (whole_ != nullptr) return whole_->by_layout(layout, options, make).narrow(0, begin_, rows_);
  at::Tensor& found = by_layout_[layout];
  if (!found.defined() || found.dtype() != options.dtype() || found.device() != options.device()) {
    found = make(slot_mask(options));
  }
  return found;
}

at::Tensor Routing::task_mask(const at::TensorOptions& options) const {
  if (whole_ != nullptr) return whole_->task_mask(options).narrow(0, begin_, rows_);
  if (task_mask_.defined()) return task_mask_.to(options);
  std::vector<float> values(static_cast<std::size_t>(rows_ * plan_.tasks), 0.0F);
  for (const RowRun& run : sequences_) {
    for (std::int64_t row = run.begin; row < run.end; ++row) {
      values[static_cast<std::size_t>(row * plan_.tasks + run.task)] = 1.0F;
    }
  }
  return task_mask_ = upload(values, plan_.tasks, options);
}

}  // namespace polyclinic
