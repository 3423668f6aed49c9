#pragma once
// The adapter's arithmetic on some rows of a pack, forward and backward, without autograd: bank.cpp wraps it.
//
// Sum:       u = (x A^T) * M,                         y_p += u_p B_p^T
// Fusion:    h = (x A^T) * M, q = W_q x, t = tanh(z / 2), u_p = h_p * (1 + t sign), y_p += u_p B_p^T
//   attention: z_p = q . (K_s h_s - K_o h_o) / sqrt(d);   gated: z = w_g . x
// M holds alpha / rank where the row uses the column's slot, else 0. 1 + t and 1 - t are 2 a_s and 2 a_o of the softmax
// over {shared, other} (design.md, section 4). The query reads the adapter's input after dropout and serves all parts
// of a merged linear, which read the same x; K acts on codes that carry alpha / rank.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/stack.h"

namespace polyclinic {

// Neighbouring rows of one task and route, counted from the piece's first.
struct TaskRows {
  std::int64_t begin = 0;
  std::int64_t count = 0;
  std::int64_t task = 0;
  std::size_t route = 0;
};

// What a piece needs besides tensors of its rows.
struct Piece {
  std::int64_t begin = 0, end = 0;  // rows of the pack
  const Stack* stack = nullptr;
  at::Tensor multiplier;  // M: [rows, R], or [R] where all rows use all slots of the stack; undefined with `scale`
  std::optional<double> scale;  // M where it is one number: it then travels inside the products. Sums only
  // For slots with per-task gradients, one of the two: all rows by their tasks, a product for each; or a mask [rows,
  // tasks] that spreads the codes over one product as wide as there are tasks.
  std::vector<TaskRows> tasks;
  at::Tensor task_mask;
  // With `tasks`: one launch makes A's and one B's gradients of all slots that not all rows share (CUDA).
  bool grouped = false;
};

struct PieceCodes {
  at::Tensor h;  // [rows, R]; before M where the piece has `scale`
  at::Tensor q;  // [rows, query width] or undefined
};

// x [rows, in] -> the codes.
PieceCodes piece_codes(const AdapterPlan& plan, const Piece& piece, const at::Tensor& x);

// y [rows, merged rows] += what the codes add.
void piece_add(const AdapterPlan& plan, const std::vector<PartRows>& parts, const Piece& piece, const PieceCodes& codes,
               at::Tensor& y);

// dy [rows, all parts' rows]. Adds to the store's gradients. Returns the gradient of the codes before M, with the
// query's behind: [rows, R + query]; dx += it times stack.a().
at::Tensor piece_backward(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                          const std::vector<SlotParameters>& parameters, const ParameterStore& store,
                          const Piece& piece, const PieceCodes& codes, const at::Tensor& x, const at::Tensor& dy);

}  // namespace polyclinic
