#pragma once
// A pack on a device, and what attention and routing need of it.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/pack.h"

namespace polyclinic {

struct PackTensors {
  at::Tensor token_ids;        // [T] int64
  at::Tensor positions;        // [T] int64
  at::Tensor sequence_starts;  // [S + 1] int32
  at::Tensor predicting_rows;  // [T - S] int64: rows whose next token is in the same sequence (language modelling)
  std::int64_t longest = 0;    // tokens of the longest sequence
  Pack host;                   // the same on the host: routing decisions never read the device

  std::int64_t tokens() const { return host.tokens(); }
};

PackTensors to_device(const Pack& pack, at::Device device);

}  // namespace polyclinic
