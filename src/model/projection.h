#pragma once
// One linear of the trunk, possibly several of the paper's projections merged (q,k,v or gate,up), with at most one
// adapter. The trunk knows only this interface; adapters know only FrozenWeight and PackTensors: neither knows the
// other.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/frozen_weight.h"
#include "model/pack_tensors.h"

namespace polyclinic {

// A named slice of the merged weight's rows: "q_proj", rows [begin, end).
struct ProjectionPart {
  std::string name;
  std::int64_t row_begin = 0;
  std::int64_t row_end = 0;
};

// What an adapter implements. forward() must record autograd for its own parameters and for x.
class ProjectionAdapter {
 public:
  virtual ~ProjectionAdapter() = default;
  // x [n, columns], rows [first_row, first_row + n) of the pack -> [n, rows] = x W^T + the adapter's addition.
  virtual at::Tensor forward(const at::Tensor& x, const FrozenWeight& weight, const PackTensors& pack,
                             std::int64_t first_row) = 0;
};

class Projection {
 public:
  // `path`: HF module path of the block's linear without the part, e.g. "model.layers.0.self_attn".
  Projection(std::string path, std::vector<ProjectionPart> parts, std::shared_ptr<const FrozenWeight> weight);
  // x [n, columns], rows [first_row, first_row + n) of the pack -> [n, rows]; differentiable in x (and in the adapter's
  // parameters).
  at::Tensor forward(const at::Tensor& x, const PackTensors& pack, std::int64_t first_row = 0) const;
  void attach(std::shared_ptr<ProjectionAdapter> adapter) { adapter_ = std::move(adapter); }
  const std::string& path() const { return path_; }
  const std::vector<ProjectionPart>& parts() const { return parts_; }
  const FrozenWeight& weight() const { return *weight_; }

 private:
  std::string path_;
  std::vector<ProjectionPart> parts_;
  std::shared_ptr<const FrozenWeight> weight_;
  std::shared_ptr<ProjectionAdapter> adapter_;
};

}  // namespace polyclinic
