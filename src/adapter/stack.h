#pragma once
// The slots of one bank that a set of rows uses, stacked along the rank in the compute dtype: one matmul makes all
// codes, one matmul a part applies B.
//
// Columns of the codes, R in all: for each part, for each slot, its rank; behind them the query's width (fusion only).
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/factor_copies.h"
#include "adapter/parameter_store.h"
#include "adapter/slot.h"

namespace polyclinic {

// Where the parameters of one slot in one bank stand in the store.
struct SlotParameters {
  struct Part {
    std::int64_t rank = 0;
    std::size_t a = 0;  // [rank, in]
    std::size_t b = 0;  // [out, rank]
    std::size_t k = 0;  // [rank, d], attention fusion only
  };
  std::vector<Part> parts;  // one a targeted part
  std::size_t query = 0;    // [d, in], fusion only, slot 0 only
};

// The bank's parts within the merged output.
struct PartRows {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

class Stack {
 public:
  struct Block {  // neighbouring columns of one slot in one part
    std::size_t slot = 0;
    std::size_t part = 0;  // index into the bank's targeted parts
    std::int64_t begin = 0;
    std::int64_t rank = 0;
  };

  // `slots`: indices into the plan's slots, increasing. `parts`: rows of the targeted parts; `rows`: of the merged
  // output.
  Stack(const AdapterPlan& plan, const std::vector<SlotParameters>& parameters, std::vector<std::size_t> slots,
        std::vector<PartRows> parts, std::int64_t rows);

  // Room for the copies; true where it is new, so that copies() must be made.
  bool allocate(const ParameterStore& store, const at::TensorOptions& options);
  std::vector<FactorCopies::Copy> copies() const;

  const std::vector<std::size_t>& slots() const { return slots_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  const std::vector<std::int64_t>& part_begin() const { return part_begin_; }  // [parts + 1]
  std::int64_t columns() const { return part_begin_.back(); }                  // R

  const at::Tensor& a() const { return a_; }                        // [R + query, in]
  const at::Tensor& b(std::size_t part) const { return b_[part]; }  // [out, R of the part]
  // All parts' B as blocks of one matrix [rows, R], zeros elsewhere: one product where there were `parts`. Only on
  // CUDA, where a launch costs more than the zeros, and only for sums.
  const at::Tensor& block_b() const { return block_b_; }
  // alpha / rank where it is the same for all slots.
  std::optional<double> common_scale() const { return common_scale_; }
  const at::Tensor& k(std::size_t part) const { return k_[part]; }        // [R of the part, d], signed, / sqrt(d)
  const at::Tensor& sign(std::size_t part) const { return sign_[part]; }  // [R of the part]: +1 slot 0, -1 others
  const at::Tensor& scale() const { return scale_; }                      // [R]: alpha / rank of the column's slot
  // [T, R] = mask [T, slots of the plan] by column, times scale.
  at::Tensor multiplier(const at::Tensor& slot_mask) const;
  // What that depends on: slot and rank of each block. Stacks of like layout share it.
  std::vector<std::int64_t> layout() const;

 private:
  const AdapterPlan& plan_;
  const std::vector<SlotParameters>& parameters_;
  std::vector<std::size_t> slots_;
  std::vector<Block> blocks_;
  std::vector<std::int64_t> part_begin_;
  std::vector<PartRows> part_rows_;
  std::int64_t rows_;
  std::optional<double> common_scale_;
  at::Tensor a_, block_b_, scale_, column_slot_;
  std::vector<at::Tensor> b_, k_, sign_;
};

}  // namespace polyclinic
