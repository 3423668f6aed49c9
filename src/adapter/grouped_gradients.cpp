#include "adapter/grouped_gradients.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#ifdef POLYCLINIC_CUDA
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {
namespace {

using kernels::GradientJob;
using kernels::GradientSpan;

// Fills jobs with spans of up to 32 columns in all.
class JobList {
 public:
  // The rows and columns of the data that the next spans are for.
  void start(const GradientJob& like) {
    like_ = like;
    room_ = 0;
  }
  // `step`: how far the gradient of a column is from that of the next.
  void add(GradientSpan span, std::int64_t step) {
    while (span.count > 0) {
      const std::int32_t most = std::min(span.count, kernels::gradient_job_columns);
      if (room_ < most || jobs_.back().spans == kernels::gradient_job_spans) {
        jobs_.push_back(like_);
        room_ = kernels::gradient_job_columns;
      }
      GradientSpan& mine = jobs_.back().span[jobs_.back().spans++];
      mine = span;
      mine.count = most;
      room_ -= most;
      span.column += most;
      span.count -= most;
      span.to += most * step;
    }
  }
  std::vector<GradientJob> take() { return std::move(jobs_); }

 private:
  GradientJob like_;
  std::int32_t room_ = 0;
  std::vector<GradientJob> jobs_;
};

}  // namespace

GroupedGradients::GroupedGradients(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                                   const std::vector<SlotParameters>& parameters, const ParameterStore& store,
                                   const Piece& piece)
    : plan_(plan), parts_(parts), parameters_(parameters), store_(store), piece_(piece), uses_(plan.slots.size()) {
  for (const std::size_t slot : piece.stack->slots()) add_uses(slot);
}

void GroupedGradients::add_uses(std::size_t slot) {
  std::vector<Use>& uses = uses_[slot];
  const bool apart = plan_.slots[slot].per_task_gradients;
  for (const TaskRows& rows : piece_.tasks) {
    const std::vector<std::size_t>& slots = plan_.routes[rows.route].slots;
    if (std::find(slots.begin(), slots.end(), slot) == slots.end()) continue;
    const Use use{rows.begin, rows.begin + rows.count, rows.task, 0};
    // Rows between those of a slot have codes of zero in its columns; another task's have not.
    if (!uses.empty() && (!apart || (uses.back().task == use.task && uses.back().end == use.begin))) {
      uses.back().end = use.end;
    } else {
      uses.push_back(use);
    }
  }
  if (!apart && !uses.empty() && uses.front().begin == 0 && uses.back().end == piece_.end - piece_.begin) uses.clear();
  std::map<std::int64_t, std::size_t> turns;
  for (Use& use : uses) {
    use.turn = turns[use.task]++;
    turns_ = std::max(turns_, use.turn + 1);
  }
}

std::vector<GradientJob> GroupedGradients::jobs(bool b, std::size_t turn, std::int64_t inputs) const {
  std::map<std::pair<std::int64_t, std::int64_t>, std::map<std::size_t, std::int64_t>> by_rows;  // slot -> task
  for (std::size_t slot = 0; slot < uses_.size(); ++slot) {
    for (const Use& use : uses_[slot]) {
      if (use.turn == turn) by_rows[{use.begin, use.end}][slot] = use.task;
    }
  }
  JobList out;
  for (const auto& [rows, tasks] : by_rows) {
    GradientJob like{.first_row = static_cast<std::int32_t>(rows.first),
                     .rows = static_cast<std::int32_t>(rows.second - rows.first),
                     .data_count = static_cast<std::int32_t>(inputs)};
    if (!b) out.start(like);
    std::size_t part = parts_.size();
    for (const Stack::Block& block : piece_.stack->blocks()) {
      const auto task = tasks.find(block.slot);
      if (task == tasks.end()) continue;
      if (b && block.part != part) {
        part = block.part;
        like.data_column = static_cast<std::int32_t>(parts_[part].begin);
        like.data_count = static_cast<std::int32_t>(parts_[part].count);
        out.start(like);
      }
      const SlotParameters::Part& of = parameters_[block.slot].parts[block.part];
      const std::int64_t stride = b ? block.rank : inputs, elements = block.rank * (b ? like.data_count : inputs);
      const std::size_t parameter = b ? of.b : of.a;
      out.add({.to = store_.gradient_data(parameter, task->second),
               .column = static_cast<std::int32_t>(block.begin),
               .count = static_cast<std::int32_t>(block.rank),
               .stride = static_cast<std::int32_t>(stride),
               .fresh = store_.claim(parameter, elements, task->second)},
              b ? 1 : inputs);
    }
  }
  return out.take();
}

void GroupedGradients::run(bool b, const at::Tensor& codes, const at::Tensor& data, double scale) const {
  assert(codes.stride(1) == 1 && data.stride(1) == 1 && codes.scalar_type() == data.scalar_type());
  const kernels::FactorGradientShape shape{.codes_stride = codes.stride(0),
                                           .data_stride = data.stride(0),
                                           .transposed = b,
                                           .scale = static_cast<float>(scale)};
  for (std::size_t turn = 0; turn < turns_; ++turn) {
    const std::vector<GradientJob> list = jobs(b, turn, data.size(1));
    const auto count = static_cast<std::int64_t>(list.size());
#ifdef POLYCLINIC_CUDA
    if (codes.is_cuda()) {
      kernels::factor_gradient_cuda(list.data(), count, shape, element_type(codes), codes.const_data_ptr(),
                                    data.const_data_ptr(), cuda_stream());
      continue;
    }
#endif
    kernels::factor_gradient_cpu(list.data(), count, shape, codes.const_data_ptr<float>(),
                                 data.const_data_ptr<float>());
  }
}

void GroupedGradients::add_a(const at::Tensor& codes, const at::Tensor& x) const { run(false, codes, x, 1); }

void GroupedGradients::add_b(const at::Tensor& codes, const at::Tensor& dy, double scale) const {
  run(true, codes, dy, scale);
}

}  // namespace polyclinic
