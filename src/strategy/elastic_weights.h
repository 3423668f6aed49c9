#pragma once
// Elastic weight consolidation (Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017)
// with a diagonal Fisher, over flat vectors.
//   penalty = lambda / 2 * sum over finished tasks k of sum_i F_k[i] (theta[i] - theta_k[i])^2
// A sum of parabolas is a parabola: three vectors hold it, however many tasks are finished.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace polyclinic {

// Mean square of per-example gradients: the empirical Fisher diagonal.
class FisherDiagonal {
 public:
  void add(const at::Tensor& gradient);  // [N], of one example's loss
  at::Tensor mean() const;               // [N]; FailedError when nothing was added
  std::int64_t examples() const { return examples_; }

 private:
  at::Tensor sum_;
  std::int64_t examples_ = 0;
};

class ElasticWeights {
 public:
  explicit ElasticWeights(double lambda) : lambda_(lambda) {}
  bool active() const { return precision_.defined() && lambda_ > 0; }
  // A task is finished: its Fisher [N] and the values [N] that it ended with.
  void consolidate(const at::Tensor& fisher, const at::Tensor& values);
  at::Tensor penalty(const at::Tensor& values) const;                       // [] fp64, on their device
  void add_gradient(const at::Tensor& values, at::Tensor& gradient) const;  // gradient += d penalty / d values

  // State of a checkpoint: [3, N] (sum F, sum F theta, sum F theta^2), undefined before the first consolidate().
  at::Tensor state() const;
  void restore(const at::Tensor& state);

 private:
  double lambda_;
  at::Tensor precision_, weighted_, squares_;
};

}  // namespace polyclinic
