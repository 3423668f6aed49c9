#pragma once
// S3b's cross-level attention on hidden states. A level-2 sequence stands in the pack twice, of equal length: stream a
// (entity level, states Ha) and stream b (relation level, states Hb). Rows of b become
//   Hb + g softmax((Hb W_q)(Ha W_k)^T / sqrt(d)) Ha       over the sequence's own rows, in both directions
// with W_q, W_k [hidden, d] learned, values Ha themselves, and a scalar g that starts at 0: S3b starts as two plain
// streams. Plain autograd; any floating dtype.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapter/linear_shape.h"
#include "adapter/parameter_store.h"

namespace polyclinic {

// Rows of one level-2 sequence in its two streams.
struct StreamPair {
  std::int64_t a_begin = 0;
  std::int64_t b_begin = 0;
  std::int64_t length = 0;
};

class CrossLevelAttention {
 public:
  // Adds "cross_level.query", "cross_level.key" [hidden, width] and "cross_level.gate" [1] (g / 10, no decay),
  // group "cross_level".
  CrossLevelAttention(ParameterStore& store, std::int64_t hidden, std::int64_t width = cross_level_width);
  // After ParameterStore::allocate(). Gate 0; query uniform in +-1 / sqrt(hidden) and key equal to it: each token
  // starts by reading its own state of level 1. With two random ones all weights would be even at first, g could only
  // learn what a sequence's mean is good for, and query and key have no gradient while g is 0.
  void initialise(std::uint64_t seed);

  // hidden [T, hidden] -> the same with the rows of every stream b changed. `detach_level1`: no gradient into Ha.
  at::Tensor forward(const at::Tensor& hidden, const std::vector<StreamPair>& pairs, bool detach_level1) const;

 private:
  void bind() const;
  ParameterStore& store_;
  std::size_t query_, key_, gate_;
  std::int64_t hidden_, width_;
  mutable at::Tensor query_leaf_, key_leaf_, gate_leaf_;  // fp32 leaves whose gradients are the store's
};

}  // namespace polyclinic
