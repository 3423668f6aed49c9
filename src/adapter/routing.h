#pragma once
// How the rows of one pack go through the slots: made once a pack, used by every bank.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "adapter/slot.h"
#include "model/pack_tensors.h"

namespace polyclinic {

// Names the dropout masks of one optimizer step. A mask is a pure function of this, the bank, the sequence's index in
// its step, its route, the position and the feature: resuming or packing anew repeats it.
struct DropoutKey {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

// Rows [begin, end) of neighbouring sequences that share their slots and, where task matters, their task.
struct RowRun {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::size_t route = 0;
  std::int64_t task = -1;  // -1: rows of several tasks, whose gradients nobody wants apart
};

// The same names on a device, for the kernel.
struct DropoutRows {
  at::Tensor keys;  // int32 [T, 3]: position in the sequence, the sequence's index in its step, route
  at::Tensor step;  // int32 [2]: seed and step mixed. Whoever replays a CUDA graph writes the step's own in here.
};

class Routing {
 public:
  // `key` absent: no dropout (evaluation). The plan outlives the routing.
  Routing(const AdapterPlan& plan, const PackTensors& pack, std::optional<DropoutKey> key);
  // Rows [begin, end) alone, with the slots of the whole.
  static std::shared_ptr<const Routing> slice(const std::shared_ptr<const Routing>& whole, std::int64_t begin,
                                              std::int64_t end);

  std::int64_t rows() const { return rows_; }
  const std::vector<RowRun>& runs() const { return runs_; }
  std::size_t pieces() const;  // groups of neighbouring runs that share their slots
  const std::vector<std::size_t>& slots() const { return slots_; }  // all slots that any run uses, increasing
  bool uniform() const;                                             // every run uses all of them
  bool dropout() const { return key_.has_value(); }
  const std::optional<DropoutKey>& key() const { return key_; }
  // With a key only. Made at first use.
  const DropoutRows& dropout_rows(at::Device device) const;

  // [T, all slots]: 1 where the row uses the slot, else 0. Made at first use.
  at::Tensor slot_mask(const at::TensorOptions& options) const;
  // [T, tasks]: 1 where the row is the task's.
  at::Tensor task_mask(const at::TensorOptions& options) const;
  // [T, columns], whatever `make` gives for the whole's slot mask: made once for all banks of one `layout`.
  at::Tensor by_layout(const std::vector<std::int64_t>& layout, const at::TensorOptions& options,
                       const std::function<at::Tensor(const at::Tensor&)>& make) const;

 private:
  at::Tensor upload(const std::vector<float>& values, std::int64_t columns, const at::TensorOptions& options) const;
  const AdapterPlan& plan_;
  std::int64_t rows_;
  std::vector<RowRun> runs_;
  std::vector<std::size_t> slots_;
  std::vector<RowRun> sequences_;
  std::vector<std::int32_t> indices_;  // of each sequence in its step
  std::optional<DropoutKey> key_;
  std::shared_ptr<const Routing> whole_;  // of a slice
  std::int64_t begin_ = 0;                // the slice's first row in it
  mutable at::Tensor slot_mask_, task_mask_;
  mutable std::map<std::vector<std::int64_t>, at::Tensor> by_layout_;
  mutable DropoutRows dropout_rows_;
};

}  // namespace polyclinic
