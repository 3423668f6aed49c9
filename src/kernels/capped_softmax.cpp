#include "kernels/capped_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace polyclinic::kernels {
namespace {

struct KeyRange {
  std::int64_t begin, end;
};

KeyRange visible_keys(const CappedSoftmaxShape& shape, std::int64_t query, std::int64_t length) {
  const bool windowed = shape.window > 0;
  const std::int64_t begin = windowed ? std::max<std::int64_t>(0, query - shape.window + 1) : 0;
  std::int64_t end = shape.causal ? query + 1 : length;
  if (windowed) end = std::min(end, query + shape.window);
  return {begin, std::min(end, length)};
}

// p and the slope of the cap, both [longest], of one row.
void row_softmax(const CappedSoftmaxShape& shape, const float* scores, KeyRange keys, float* p, float* slope) {
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t k = keys.begin; k < keys.end; ++k) {
    float z = scores[k] * shape.scale;
    slope[k] = 1.0F;
    if (shape.cap > 0) {
      const float t = std::tanh(z / shape.cap);
      z = shape.cap * t;
      slope[k] = 1.0F - t * t;
    }
    p[k] = z;
    largest = std::max(largest, z);
  }
  float sum = 0;
  for (std::int64_t k = keys.begin; k < keys.end; ++k) sum += p[k] = std::exp(p[k] - largest);
  for (std::int64_t k = keys.begin; k < keys.end; ++k) p[k] /= sum;
  std::fill(p, p + keys.begin, 0.0F);
  std::fill(p + keys.end, p + shape.longest, 0.0F);
}

template <typename RowFunction>
void for_each_row(const CappedSoftmaxShape& shape, const std::int32_t* lengths, RowFunction&& f) {
  for (std::int64_t s = 0; s < shape.sequences; ++s) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      for (std::int64_t q = 0; q < shape.longest; ++q) {
        const std::int64_t offset = ((s * shape.heads + h) * shape.longest + q) * shape.longest;
        f(offset, q < lengths[s] ? visible_keys(shape, q, lengths[s]) : KeyRange{0, 0});
      }
    }
  }
}

}  // namespace

void capped_softmax_forward_cpu(const CappedSoftmaxShape& shape, const float* scores, const std::int32_t* lengths,
                                float* p) {
  std::vector<float> row(static_cast<std::size_t>(shape.longest)), slope(row.size());
  for_each_row(shape, lengths, [&](std::int64_t offset, KeyRange keys) {
    row_softmax(shape, scores + offset, keys, row.data(), slope.data());
    std::copy(row.begin(), row.end(), p + offset);
  });
}

void capped_softmax_backward_cpu(const CappedSoftmaxShape& shape, const float* dp, const float* scores,
                                 const std::int32_t* lengths, float* p, float* ds) {
  std::vector<float> row(static_cast<std::size_t>(shape.longest)), slope(row.size());
  for_each_row(shape, lengths, [&](std::int64_t offset, KeyRange keys) {
    row_softmax(shape, scores + offset, keys, row.data(), slope.data());
    const float* g = dp + offset;
    float dot = 0;
    for (std::int64_t k = keys.begin; k < keys.end; ++k) dot += row[static_cast<std::size_t>(k)] * g[k];
    for (std::int64_t k = 0; k < shape.longest; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const bool seen = k >= keys.begin && k < keys.end;
      ds[offset + k] = seen ? row[i] * (g[k] - dot) * slope[i] * shape.scale : 0.0F;
      p[offset + k] = row[i];
    }
  });
}

}  // namespace polyclinic::kernels
