#include "model/pack_tensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cassert>

#include "model/upload.h"

namespace polyclinic {
namespace {

template <typename To, typename From>
at::Tensor uploaded(const std::vector<From>& values, at::ScalarType type, at::Device device) {
  at::Tensor host = at::empty({static_cast<std::int64_t>(values.size())}, at::TensorOptions().dtype(type));
  std::copy(values.begin(), values.end(), host.data_ptr<To>());
  return upload(host, device);
}

}  // namespace

PackTensors to_device(const Pack& pack, at::Device device) {
  assert(pack.positions.size() == pack.token_ids.size());
  assert(pack.sequence_starts.size() == pack.sequence_task.size() + 1);
  assert(pack.sequence_starts.front() == 0 && pack.sequence_starts.back() == pack.tokens());
  PackTensors out;
  out.token_ids = uploaded<std::int64_t>(pack.token_ids, at::kLong, device);
  out.positions = uploaded<std::int64_t>(pack.positions, at::kLong, device);
  out.sequence_starts = uploaded<std::int32_t>(pack.sequence_starts, at::kInt, device);
  std::vector<std::int64_t> predicting;
  predicting.reserve(pack.token_ids.size());
  for (std::size_t i = 0; i + 1 < pack.sequence_starts.size(); ++i) {
    for (std::int64_t row = pack.sequence_starts[i]; row + 1 < pack.sequence_starts[i + 1]; ++row) {
      predicting.push_back(row);
    }
    out.longest = std::max<std::int64_t>(out.longest, pack.sequence_starts[i + 1] - pack.sequence_starts[i]);
  }
  out.predicting_rows = uploaded<std::int64_t>(predicting, at::kLong, device);
  out.host = pack;
  return out;
}

}  // namespace polyclinic
