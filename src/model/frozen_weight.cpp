#include "model/frozen_weight.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/t.h>
#include <c10/core/GradMode.h>

#include <utility>

namespace polyclinic {
namespace {

class DenseWeight : public FrozenWeight {
 public:
  explicit DenseWeight(at::Tensor weight) : weight_(weight.detach().contiguous()), transposed_(weight_.t()) {}
  std::int64_t rows() const override { return weight_.size(0); }
  std::int64_t columns() const override { return weight_.size(1); }
  at::Tensor forward(const at::Tensor& x) const override {
    const c10::AutoGradMode no_graph(false);
    return x.scalar_type() == weight_.scalar_type() ? at::mm(x, transposed_)
                                                    : at::mm(x, transposed_.to(x.scalar_type()));
  }
  at::Tensor backward(const at::Tensor& dy) const override {
    const c10::AutoGradMode no_graph(false);
    return dy.scalar_type() == weight_.scalar_type() ? at::mm(dy, weight_) : at::mm(dy, weight_.to(dy.scalar_type()));
  }
  at::Tensor dense(at::ScalarType dtype) const override { return weight_.to(dtype); }
  std::int64_t bytes() const override { return static_cast<std::int64_t>(weight_.nbytes()); }

 private:
  at::Tensor weight_;
  at::Tensor transposed_;  // a view of weight_
};

class TrainableWeight final : public DenseWeight {
 public:
  explicit TrainableWeight(const at::Tensor& leaf) : DenseWeight(leaf), leaf_(leaf) {}
  at::Tensor parameter() const override { return leaf_; }

 private:
  at::Tensor leaf_;  // shares its memory with the frozen view
};

}  // namespace

std::unique_ptr<FrozenWeight> make_trainable_weight(at::Tensor weight) {
  return std::make_unique<TrainableWeight>(weight.detach().contiguous().set_requires_grad(true));
}

std::unique_ptr<FrozenWeight> make_dense_weight(at::Tensor weight) {
  return std::make_unique<DenseWeight>(std::move(weight));
}

}  // namespace polyclinic
