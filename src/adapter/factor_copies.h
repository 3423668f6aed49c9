#pragma once
// The factors of all stacks of a run in the compute dtype: one launch a step brings them to the store's values.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapter/parameter_store.h"

namespace polyclinic {

class FactorCopies {
 public:
  struct Copy {
    at::Tensor to;  // [rows, columns], rows side by side or strided
    std::size_t parameter = 0;
    double factor = 1;
  };
  // `owner`'s copies take the place of those it gave before; they have the store's values on return.
  void replace(const void* owner, std::vector<Copy> copies, const ParameterStore& store);
  // All copies follow the store's values. In a CUDA graph: after prepare().
  void refresh(const ParameterStore& store);
  // Whatever goes from the host to the device for refresh().
  void prepare(const ParameterStore& store);

 private:
  struct Owned {
    const void* owner = nullptr;
    std::vector<Copy> copies;
  };
  struct Table {  // of one dtype
    at::ScalarType dtype = at::kFloat;
    at::Tensor tiles;  // bytes, on the device
    std::int64_t count = 0;
  };
  bool fused(const Copy& copy, const ParameterStore& store) const;
  std::vector<Owned> owned_;
  std::vector<Table> tables_;
  std::vector<Copy> single_;  // what the kernel does not take
  bool stale_ = false;
  std::uint64_t version_ = 0;
};

}  // namespace polyclinic
