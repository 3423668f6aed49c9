#pragma once
// The weight of one linear: dense (fp32, fp16, bf16) or NF4. It requires no gradient, unless a base is pre-trained.
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
  // The weight itself when it is trained (pre-training a base), else undefined: autograd then records its gradient.
  virtual at::Tensor parameter() const { return {}; }
};

std::unique_ptr<FrozenWeight> make_dense_weight(at::Tensor weight);      // weight [rows, columns]
std::unique_ptr<FrozenWeight> make_trainable_weight(at::Tensor weight);  // a leaf that requires a gradient

}  // namespace polyclinic
