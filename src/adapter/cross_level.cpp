#include "adapter/cross_level.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

// g of a stored 1. AdamW moves a stored number by the learning rate a step, whatever its gradient, and g has to come
// from 0 to the order of 1 in one run.
constexpr double gate_unit = 10;

// Row numbers of all pairs in a rectangle [pairs, longest]; cells past a sequence's end repeat its first row and are
// masked.
struct Rectangle {
  at::Tensor a, b;    // [pairs * longest] int64
  at::Tensor filled;  // [pairs, longest] bool
};

Rectangle lay_out(const std::vector<StreamPair>& pairs, std::int64_t longest, at::Device device) {
  const auto count = static_cast<std::int64_t>(pairs.size());
  Rectangle out{at::empty({count * longest}, at::kLong), at::empty({count * longest}, at::kLong),
                at::empty({count, longest}, at::kBool)};
  auto *a = out.a.data_ptr<std::int64_t>(), *b = out.b.data_ptr<std::int64_t>();
  bool* filled = out.filled.data_ptr<bool>();
  for (const StreamPair& pair : pairs) {
    for (std::int64_t i = 0; i < longest; ++i) {
      const bool inside = i < pair.length;
      *a++ = pair.a_begin + (inside ? i : 0);
      *b++ = pair.b_begin + (inside ? i : 0);
      *filled++ = inside;
    }
  }
  return {upload(out.a, device), upload(out.b, device), upload(out.filled, device)};
}

}  // namespace

CrossLevelAttention::CrossLevelAttention(ParameterStore& store, std::int64_t hidden, std::int64_t width)
    : store_(store),
      query_(store.add("cross_level.query", {hidden, width}, "cross_level")),
      key_(store.add("cross_level.key", {hidden, width}, "cross_level")),
      gate_(store.add("cross_level.gate", {1}, "cross_level", false, false)),
      hidden_(hidden),
      width_(width) {}

void CrossLevelAttention::initialise(std::uint64_t seed) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(hidden_));
  RandomStream stream(seed, mix({0x63726F7373ULL, 1U}));
  at::Tensor host = at::empty({hidden_, width_}, at::kDouble);
  double* out = host.data_ptr<double>();
  for (std::int64_t i = 0; i < host.numel(); ++i) out[i] = bound * (2 * stream.uniform() - 1);
  for (const std::size_t index : {query_, key_}) store_.value(index).copy_(host);
  store_.value(gate_).zero_();
}

void CrossLevelAttention::bind() const {
  if (query_leaf_.defined()) return;
  query_leaf_ = store_.leaf(query_);
  key_leaf_ = store_.leaf(key_);
  gate_leaf_ = store_.leaf(gate_);
}

at::Tensor CrossLevelAttention::forward(const at::Tensor& hidden, const std::vector<StreamPair>& pairs,
                                        bool detach_level1) const {
  if (pairs.empty()) return hidden;
  bind();
  std::int64_t longest = 0;
  for (const StreamPair& pair : pairs) longest = std::max(longest, pair.length);
  const auto count = static_cast<std::int64_t>(pairs.size());
  const Rectangle rows = lay_out(pairs, longest, hidden.device());
  const at::Tensor a = at::index_select(detach_level1 ? hidden.detach() : hidden, 0, rows.a);
  const at::Tensor b = at::index_select(hidden, 0, rows.b);
  const at::Tensor q = b.matmul(query_leaf_.to(hidden.scalar_type())).view({count, longest, width_});
  const at::Tensor k = a.matmul(key_leaf_.to(hidden.scalar_type())).view({count, longest, width_});
  at::Tensor scores = at::bmm(q, k.transpose(1, 2)) * (1.0 / std::sqrt(static_cast<double>(width_)));
  scores = scores.masked_fill(rows.filled.logical_not().unsqueeze(1), -std::numeric_limits<double>::infinity());
  const at::Tensor mixed = at::bmm(at::softmax(scores, 2), a.view({count, longest, hidden_})).view({-1, hidden_});
  const at::Tensor gate = (gate_leaf_ * gate_unit).to(hidden.scalar_type());
  const at::Tensor addition = mixed * gate * rows.filled.view({-1, 1}).to(hidden.scalar_type());
  return at::index_add(hidden, 0, rows.b, addition);
}

}  // namespace polyclinic
