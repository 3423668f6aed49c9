#pragma once
// The frozen weight of one linear: dense (fp32, fp16, bf16) or, later, NF4. It never requires a gradient.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace polyclinic {

class FrozenWeight {
 public:
  virtual ~FrozenWeight() = default;
  virtual std::int64_t rows() const = 0;     // output features
  virtual std::int64_t columns() const = 0;  // input features
  // x [T, columns] -> x W^T [T, rows], in x's dtype. No autograd graph is recorded.
  virtual at::Tensor forward(const at::Tensor& x) const = 0;
  // dy [T, rows] -> dy W [T, columns]. No autograd graph is recorded.
  virtual at::Tensor backward(const at::Tensor& dy) const = 0;
  // The whole weight [rows, columns] in `dtype` (merging, export, tests).
  virtual at::Tensor dense(at::ScalarType dtype) const = 0;
  virtual std::int64_t bytes() const = 0;
};

std::unique_ptr<FrozenWeight> make_dense_weight(at::Tensor weight);  // weight [rows, columns]

}  // namespace polyclinic
