#pragma once
// All trainable numbers of a run in flat arrays with named views, so that clipping, AdamW, all-reduce, checkpoints and
// the Gram matrix of task gradients are one operation each.
//
// Use: add() every parameter (attach() does so for the adapters; heads and loss weights add their own), allocate()
// once, then fill and use the views. Parameters with per-task gradients come first; within that, parameters of one
// group lie together, groups in the order of their first add().
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polyclinic {

struct ParameterInfo {
  std::string name;  // unique; adapters: "base_model.model.<path>.<part>.lora_A.<slot>.weight"
  std::vector<std::int64_t> shape;
  std::string group;                   // a slot's name, "head.<task>", "weighting", ...
  bool per_task = false;               // one gradient for each task
  bool decay = true;                   // weight decay applies
  bool deferred = false;               // its gradient is cleared by the first write of a step
  std::int64_t offset = 0, count = 0;  // after allocate(): into values()
};

class ParameterStore {
 public:
  // Returns the parameter's index, for the accessors below.
  std::size_t add(std::string name, std::vector<std::int64_t> shape, std::string group, bool per_task = false,
                  bool decay = true);
  // All zero. `options`: device, and fp32 (fp64 in tests of derivatives).
  void allocate(std::int64_t tasks, const at::TensorOptions& options);
  bool allocated() const { return values_.defined(); }

  const std::vector<ParameterInfo>& parameters() const { return parameters_; }
  std::size_t find(std::string_view name) const;  // FailedError when absent

  // Views of values() and gradients() in the parameter's shape, outside autograd.
  const at::Tensor& value(std::size_t index) const { return value_views_.at(index); }
  const at::Tensor& gradient(std::size_t index) const;
  // per_task only: [tasks, shape...], a view of task_gradients().
  at::Tensor task_gradient(std::size_t index) const;
  // The gradients of neighbouring parameters, from `first` on, as one matrix [rows, columns]: of `task` where they have
  // per-task gradients, else it is ignored; or of all tasks [tasks, rows, columns].
  at::Tensor gradient_matrix(std::size_t first, std::int64_t rows, std::int64_t columns, std::int64_t task) const;
  at::Tensor task_gradient_matrices(std::size_t first, std::int64_t rows, std::int64_t columns) const;
  // Where a parameter's gradient begins (of `task` where it has per-task gradients), for kernels: fp32 only.
  float* gradient_data(std::size_t index, std::int64_t task) const;
  // For parameters that defer(): zero_gradients() leaves what is there, and who adds to a gradient asks first. True:
  // write in its place, nothing has been added since. `elements`: of `first` and the parameters that follow it.
  // Whatever nobody claims is zero when it is read through the accessors here.
  bool claim(std::size_t first, std::int64_t elements, std::int64_t task) const;
  void defer(std::size_t index) { parameters_.at(index).deferred = true; }
  // For plain autograd (heads): a leaf that shares memory with value(); backward adds to gradient(). Not per_task.
  at::Tensor leaf(std::size_t index) const;

  const at::Tensor& values() const { return values_; }             // [N]
  const at::Tensor& gradients() const;                             // [N]
  const at::Tensor& task_gradients() const;                        // [tasks, M]; M may be 0
  std::int64_t count() const { return count_; }                    // N
  std::int64_t per_task_count() const { return per_task_count_; }  // M: values()[0, M) have per-task gradients
  std::int64_t tasks() const { return tasks_; }
  // [begin, end) of a group; a group with both kinds of parameter has two ranges.
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges(std::string_view group) const;
  std::vector<std::pair<std::int64_t, std::int64_t>> no_decay() const;  // increasing, merged

  void zero_gradients();
  // gradients()[0, M) = coefficients^T task_gradients() (all ones: the plain sum).
  void combine_task_gradients(const std::vector<double>& coefficients);
  void combine_task_gradients(const at::Tensor& coefficients);  // [tasks], of task_gradients()'s device and dtype
  void sum_task_gradients();

  // Adapters keep copies of values in the compute dtype; they look at this number. In-place ATen operations on values()
  // or its views raise it; whoever writes through pointers calls touch().
  std::uint64_t version() const { return touches_ + values_._version(); }
  void touch() { ++touches_; }

 private:
  at::Tensor view(const at::Tensor& flat, std::size_t index) const;
  template <typename Wanted, typename Body>
  void for_each_run(const Wanted& wanted, const Body& body) const;
  void settle(bool per_task) const;  // clears what nobody has claimed
  std::vector<ParameterInfo> parameters_;
  at::Tensor values_, gradients_, task_gradients_;
  // Made once: banks use them in every backward pass, and making a view costs as much as a small addition.
  std::vector<at::Tensor> value_views_, gradient_views_;
  std::int64_t count_ = 0, per_task_count_ = 0, tasks_ = 0;
  std::uint64_t touches_ = 0;
  std::vector<std::size_t> order_;                    // of the parameters in the flat arrays
  mutable std::vector<std::vector<bool>> unclaimed_;  // [1 or tasks] of each parameter
  mutable bool some_unclaimed_[2] = {false, false};   // of those without and with per-task gradients
  mutable bool sum_unclaimed_ = false;                // gradients()[0, M)
};

}  // namespace polyclinic
