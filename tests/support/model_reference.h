#pragma once
// The reference data of tests/parity/model, and packs made of its sequences.
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/pack_tensors.h"
#include "model/safetensors.h"

namespace polyclinic {

inline std::filesystem::path reference_folder(const std::string& name) {
  return std::filesystem::path(POLYCLINIC_SOURCE_DIR) / "tests/parity/model" / name;
}

// The sequences of one reference file and, by name, what HF computed for them.
struct ModelReference {
  std::map<std::string, at::Tensor> tensors;
  std::vector<std::int64_t> starts;  // [S + 1]

  ModelReference(const std::string& name, const std::string& file)
      : tensors(read_safetensors(reference_folder(name) / file)), starts{0} {
    const at::Tensor lengths = tensors.at("lengths");
    for (std::int64_t i = 0; i < lengths.numel(); ++i) {
      starts.push_back(starts.back() + lengths.const_data_ptr<std::int32_t>()[i]);
    }
  }
  const at::Tensor& at(const std::string& name) const { return tensors.at(name); }
  std::int64_t sequences() const { return static_cast<std::int64_t>(starts.size()) - 1; }

  // A pack of the sequences in this order. Sequence i belongs to task i % 2, as in the LoRA references.
  Pack pack(const std::vector<std::int64_t>& order) const {
    Pack out;
    out.sequence_starts = {0};
    const auto* ids = tensors.at("token_ids").const_data_ptr<std::int32_t>();
    for (const std::int64_t i : order) {
      const std::int64_t begin = starts[static_cast<std::size_t>(i)], end = starts[static_cast<std::size_t>(i) + 1];
      for (std::int64_t t = begin; t < end; ++t) {
        out.token_ids.push_back(ids[t]);
        out.positions.push_back(static_cast<std::int32_t>(t - begin));
      }
      out.sequence_starts.push_back(static_cast<std::int32_t>(out.token_ids.size()));
      out.sequence_task.push_back(static_cast<std::int32_t>(i % 2));
      out.sequence_route.push_back(0);
      out.sequence_index.push_back(i);
    }
    return out;
  }
  Pack pack() const {
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < sequences(); ++i) order.push_back(i);
    return pack(order);
  }
  // Rows of a per-token tensor in the order of such a pack.
  at::Tensor rows(const at::Tensor& tensor, const std::vector<std::int64_t>& order) const {
    std::vector<at::Tensor> out;
    for (const std::int64_t i : order) {
      const std::int64_t begin = starts[static_cast<std::size_t>(i)];
      out.push_back(tensor.narrow(0, begin, starts[static_cast<std::size_t>(i) + 1] - begin));
    }
    return at::cat(out);
  }
};

// max |a - b| / max |b|.
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor wanted = b.cpu().to(at::kDouble);
  return a.cpu().to(at::kDouble).sub(wanted).abs().max().item<double>() / wanted.abs().max().item<double>();
}

}  // namespace polyclinic
