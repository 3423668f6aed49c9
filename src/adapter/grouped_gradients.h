#pragma once
// Gradients of factors whose rows differ by slot or task: one launch a factor for all slots of a piece
// (kernels/factor_gradient.h).
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapter/piece.h"
#include "kernels/factor_gradient.h"

namespace polyclinic {

class GroupedGradients {
 public:
  // `piece.tasks` says which rows use what.
  GroupedGradients(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                   const std::vector<SlotParameters>& parameters, const ParameterStore& store, const Piece& piece);

  // False: all rows of the piece add to one gradient of the slot, which one product makes faster.
  bool takes(std::size_t slot) const { return !uses_[slot].empty(); }
  // += codes^T data, A's [rank, in] and B's [out, rank], for the slots that it takes.
  void add_a(const at::Tensor& codes, const at::Tensor& x) const;
  void add_b(const at::Tensor& codes, const at::Tensor& dy, double scale) const;

 private:
  struct Use {  // rows of the piece that add to one gradient of a slot
    std::int64_t begin = 0, end = 0, task = 0;
    std::size_t turn = 0;  // counts those that add to the same gradient
  };
  void add_uses(std::size_t slot);
  // Jobs of one turn share no place.
  std::vector<kernels::GradientJob> jobs(bool b, std::size_t turn, std::int64_t inputs) const;
  void run(bool b, const at::Tensor& codes, const at::Tensor& data, double scale) const;

  const AdapterPlan& plan_;
  const std::vector<PartRows>& parts_;
  const std::vector<SlotParameters>& parameters_;
  const ParameterStore& store_;
  const Piece& piece_;
  std::vector<std::vector<Use>> uses_;  // one a slot of the plan
  std::size_t turns_ = 0;
};

}  // namespace polyclinic
