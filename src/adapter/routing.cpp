#include "adapter/routing.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cassert>

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
    const bool joins = !runs_.empty() && runs_.back().route == route && (!split_tasks || runs_.back().task == run.task);
    if (joins) {
      runs_.back().end = run.end;
    } else {
      runs_.push_back(run);
      if (!split_tasks) runs_.back().task = -1;
    }
    if (!key_) continue;
    for (std::int64_t row = run.begin; row < run.end; ++row) {
      row_keys_.push_back({static_cast<std::uint32_t>(row - run.begin),
                           static_cast<std::uint32_t>(host.sequence_index[i]), static_cast<std::uint32_t>(route)});
    }
  }
  for (std::size_t slot = 0; slot < used.size(); ++slot) {
    if (used[slot]) slots_.push_back(slot);
  }
}

at::Tensor Routing::upload(const std::vector<float>& values, std::int64_t columns,
                           const at::TensorOptions& options) const {
  at::Tensor host = at::empty({rows_, columns}, at::kFloat);
  std::copy(values.begin(), values.end(), host.data_ptr<float>());
  return host.to(options);
}

at::Tensor Routing::slot_mask(const at::TensorOptions& options) const {
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

at::Tensor Routing::task_mask(const at::TensorOptions& options) const {
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
