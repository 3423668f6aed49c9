#include "adapter/factor_copies.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

#include "kernels/cast_matrices.h"
#ifdef POLYCLINIC_CUDA
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {
namespace {

void copy_one(const FactorCopies::Copy& copy, const ParameterStore& store) {
  const at::Tensor& value = store.value(copy.parameter);
  copy.to.copy_(copy.factor == 1 ? value : value * copy.factor);
}

void append(const FactorCopies::Copy& copy, const ParameterStore& store, std::vector<kernels::CastTile>& tiles) {
  const at::Tensor& value = store.value(copy.parameter);
  const kernels::CastTile whole{.from = value.const_data_ptr<float>(),
                                .to = copy.to.mutable_data_ptr(),
                                .rows = static_cast<std::int32_t>(value.size(0)),
                                .columns = static_cast<std::int32_t>(value.size(1)),
                                .from_stride = static_cast<std::int32_t>(value.size(1)),
                                .to_stride = static_cast<std::int32_t>(copy.to.stride(0)),
                                .factor = static_cast<float>(copy.factor)};
  kernels::append_tiles(whole, static_cast<std::int64_t>(copy.to.element_size()), tiles);
}

}  // namespace

// The CPU's form of the kernel writes fp32 only.
bool FactorCopies::fused(const Copy& copy, const ParameterStore& store) const {
  return store.values().scalar_type() == at::kFloat && (copy.to.scalar_type() == at::kFloat || copy.to.is_cuda());
}

void FactorCopies::replace(const void* owner, std::vector<Copy> copies, const ParameterStore& store) {
  std::erase_if(owned_, [&](const Owned& owned) { return owned.owner == owner; });
  for (const Copy& copy : copies) copy_one(copy, store);
  owned_.push_back({owner, std::move(copies)});
  stale_ = true;
}

void FactorCopies::prepare(const ParameterStore& store) {
  if (!stale_) return;
  stale_ = false;
  tables_.clear();
  single_.clear();
  std::vector<std::pair<at::Tensor, std::vector<kernels::CastTile>>> found;  // by the dtype of a tensor like it
  for (const Owned& owned : owned_) {
    for (const Copy& copy : owned.copies) {
      if (!fused(copy, store)) {
        single_.push_back(copy);
        continue;
      }
      auto at = std::find_if(found.begin(), found.end(),
                             [&](const auto& entry) { return entry.first.scalar_type() == copy.to.scalar_type(); });
      if (at == found.end()) at = found.insert(found.end(), {copy.to, {}});
      append(copy, store, at->second);
    }
  }
  for (const auto& [like, tiles] : found) {
    const auto bytes = static_cast<std::int64_t>(tiles.size() * sizeof(kernels::CastTile));
    at::Tensor table = at::empty({bytes}, at::kByte);
    std::memcpy(table.mutable_data_ptr(), tiles.data(), static_cast<std::size_t>(bytes));
    tables_.push_back({like.scalar_type(), table.to(like.device()), static_cast<std::int64_t>(tiles.size())});
  }
}

void FactorCopies::refresh(const ParameterStore& store) {
  if (version_ == store.version()) return;
  version_ = store.version();
  prepare(store);
  for (const Copy& copy : single_) copy_one(copy, store);
  for (const Table& table : tables_) {
    const auto* tiles = static_cast<const kernels::CastTile*>(table.tiles.const_data_ptr());
#ifdef POLYCLINIC_CUDA
    if (table.tiles.is_cuda()) {
      kernels::cast_matrices_cuda(tiles, table.count, element_type(table.dtype), cuda_stream());
      continue;
    }
#endif
    kernels::cast_matrices_cpu(tiles, table.count);
  }
}

}  // namespace polyclinic
