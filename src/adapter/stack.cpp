#include "adapter/stack.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cassert>
#include <cmath>

namespace polyclinic {
namespace {

at::Tensor column_vector(const std::vector<double>& values, const at::TensorOptions& options) {
  at::Tensor host = at::empty({static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), host.data_ptr<double>());
  return host.to(options);
}

// A number for each column, by its block.
template <typename Number>
std::vector<double> per_column(const std::vector<Stack::Block>& blocks, const Number& number) {
  std::vector<double> out;
  for (const Stack::Block& block : blocks) {
    out.insert(out.end(), static_cast<std::size_t>(block.rank), static_cast<double>(number(block)));
  }
  return out;
}

}  // namespace

Stack::Stack(const AdapterPlan& plan, const std::vector<SlotParameters>& parameters, std::vector<std::size_t> slots,
             std::vector<PartRows> parts, std::int64_t rows)
    : plan_(plan), parameters_(parameters), slots_(std::move(slots)), part_rows_(std::move(parts)), rows_(rows) {
  std::int64_t column = 0;
  for (std::size_t part = 0; part < parameters_.front().parts.size(); ++part) {
    part_begin_.push_back(column);
    for (const std::size_t slot : slots_) {
      const std::int64_t rank = parameters_[slot].parts[part].rank;
      blocks_.push_back({slot, part, column, rank});
      column += rank;
    }
  }
  part_begin_.push_back(column);
  const double scale = plan_.slots[slots_.front()].scale();
  const bool common =
      std::all_of(slots_.begin(), slots_.end(), [&](std::size_t slot) { return plan_.slots[slot].scale() == scale; });
  if (common) common_scale_ = scale;
}

bool Stack::allocate(const ParameterStore& store, const at::TensorOptions& options) {
  if (a_.defined() && a_.scalar_type() == options.dtype().toScalarType() && a_.device() == options.device()) {
    return false;
  }
  const std::int64_t width = plan_.query_width();
  const std::size_t parts = part_begin_.size() - 1;
  const std::int64_t inputs = store.parameters()[parameters_.front().parts.front().a].shape[1];
  a_ = at::empty({columns() + width, inputs}, options);
  b_.assign(parts, {});
  k_.assign(parts, {});
  sign_.assign(parts, {});
  const bool blocks = options.device().is_cuda() && parts > 1 && !plan_.fused();
  block_b_ = blocks ? at::zeros({rows_, columns()}, options) : at::Tensor();
  for (std::size_t part = 0; part < parts; ++part) {
    const std::int64_t rank = part_begin_[part + 1] - part_begin_[part];
    b_[part] =
        blocks ? block_b_.narrow(0, part_rows_[part].begin, part_rows_[part].count).narrow(1, part_begin_[part], rank)
               : at::empty({part_rows_[part].count, rank}, options);
    if (plan_.fused()) sign_[part] = at::ones({rank}, options);
    if (plan_.combine == Combine::attention) k_[part] = at::empty({rank, width}, options);
  }
  scale_ = column_vector(per_column(blocks_, [&](const Block& of) { return plan_.slots[of.slot].scale(); }), options);
  column_slot_ = column_vector(per_column(blocks_, [](const Block& of) { return of.slot; }), options.dtype(at::kLong));
  for (const Block& block : blocks_) {
    if (!plan_.fused() || block.slot == 0) continue;
    sign_[block.part].narrow(0, block.begin - part_begin_[block.part], block.rank).fill_(-1);
  }
  return true;
}

std::vector<FactorCopies::Copy> Stack::copies() const {
  std::vector<FactorCopies::Copy> out;
  const std::int64_t width = plan_.query_width();
  for (const Block& block : blocks_) {
    const SlotParameters::Part& part = parameters_[block.slot].parts[block.part];
    const std::int64_t begin = block.begin - part_begin_[block.part];
    out.push_back({a_.narrow(0, block.begin, block.rank), part.a});
    out.push_back({b_[block.part].narrow(1, begin, block.rank), part.b});
    if (plan_.combine != Combine::attention) continue;
    const double factor = (block.slot == 0 ? 1.0 : -1.0) / std::sqrt(static_cast<double>(width));
    out.push_back({k_[block.part].narrow(0, begin, block.rank), part.k, factor});
  }
  if (width > 0) out.push_back({a_.narrow(0, columns(), width), parameters_.front().query});
  return out;
}

std::vector<std::int64_t> Stack::layout() const {
  std::vector<std::int64_t> out;
  for (const Block& block : blocks_) out.insert(out.end(), {static_cast<std::int64_t>(block.slot), block.rank});
  return out;
}

at::Tensor Stack::multiplier(const at::Tensor& slot_mask) const {
  return at::index_select(slot_mask, 1, column_slot_).mul_(scale_);
}

}  // namespace polyclinic
