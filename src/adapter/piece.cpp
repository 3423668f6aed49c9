#include "adapter/piece.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tanh.h>

#include <cmath>

namespace polyclinic {
namespace {

// t of one part: [rows, 1].
at::Tensor fusion_weight(const AdapterPlan& plan, const Stack& stack, std::size_t part, const at::Tensor& h,
                         const at::Tensor& q) {
  at::Tensor z = plan.combine == Combine::attention ? at::mm(h, stack.k(part)).mul_(q).sum(1, true) : q;
  return at::tanh(z * 0.5);
}

at::Tensor part_columns(const Stack& stack, std::size_t part, const at::Tensor& codes) {
  const std::int64_t begin = stack.part_begin()[part];
  return codes.narrow(1, begin, stack.part_begin()[part + 1] - begin);
}

// [rows, r] -> [rows, tasks * r]: each row's values in the columns of its task, zeros elsewhere.
at::Tensor spread(const at::Tensor& columns, const at::Tensor& task_mask) {
  return (task_mask.unsqueeze(2) * columns.unsqueeze(1)).flatten(1);
}

// target += alpha a b, summed in the target's dtype whatever that of a and b.
void add_product(at::Tensor target, const at::Tensor& a, const at::Tensor& b, double alpha) {
  if (target.scalar_type() == a.scalar_type()) {
    target.addmm_(a, b, 1, alpha);
  } else if (target.is_cuda()) {
    at::addmm_outf(target, a, b, target.scalar_type(), 1, alpha, target);
  } else {
    target.add_(at::mm(a, b), alpha);
  }
}

// Adds codes^T data times `scale`, taken apart by task where the parameter wants it, to its gradient.
class GradientSink {
 public:
  GradientSink(const ParameterStore& store, const Piece& piece, double scale)
      : store_(store), piece_(piece), scale_(scale) {}

  bool apart(std::size_t parameter) const {
    return store_.parameters()[parameter].per_task && piece_.task_mask.defined() && piece_.task < 0;
  }
  // product: the parameter's whole gradient of this piece, in its shape. Not for apart().
  void add(std::size_t parameter, const at::Tensor& product) const { target(parameter).add_(product, scale_); }
  // a b is the parameter's gradient. Not for apart().
  void add_product_to(std::size_t parameter, const at::Tensor& a, const at::Tensor& b) const {
    add_product(target(parameter), a, b, scale_);
  }
  // The same for parameters that lie side by side, a b their rows in order.
  void add_product_from(std::size_t first, const at::Tensor& a, const at::Tensor& b) const {
    add_product(store_.gradient_matrix(first, a.size(0), b.size(1), piece_.task), a, b, scale_);
  }
  // columns [rows, r], data [rows, n] -> parameter [r, n], or [n, r] when `transposed`. For apart().
  void add_apart(std::size_t parameter, const at::Tensor& columns, const at::Tensor& data, bool transposed) const {
    const at::Tensor wide = spread(columns, piece_.task_mask);
    const at::Tensor product = at::mm(wide.t(), data).view({store_.tasks(), columns.size(1), data.size(1)});
    store_.task_gradient(parameter).add_(transposed ? product.transpose(1, 2) : product, scale_);
  }
  const ParameterInfo& info(std::size_t parameter) const { return store_.parameters()[parameter]; }

 private:
  at::Tensor target(std::size_t parameter) const {
    return store_.parameters()[parameter].per_task ? store_.task_gradient(parameter, piece_.task)
                                                   : store_.gradient(parameter);
  }
  const ParameterStore& store_;
  const Piece& piece_;
  double scale_;
};

// Whether the blocks' parameters lie side by side in the store, in the blocks' order.
template <typename ParameterOf>
bool side_by_side(const GradientSink& sink, const std::vector<Stack::Block>& blocks, ParameterOf parameter_of) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const ParameterInfo& info = sink.info(parameter_of(blocks[i]));
    if (sink.apart(parameter_of(blocks[i]))) return false;
    if (i == 0) continue;
    const ParameterInfo& before = sink.info(parameter_of(blocks[i - 1]));
    if (before.offset + before.count != info.offset || before.per_task != info.per_task) return false;
  }
  return true;
}

// Gradient of a merged factor: `codes` [rows, C] against `data` [rows, n]. Parameters that are kept apart by task take
// matmuls of their own, all others share one.
template <typename ParameterOf>
void add_factor(const GradientSink& sink, const std::vector<Stack::Block>& blocks, std::int64_t first_column,
                const at::Tensor& codes, const at::Tensor& data, bool transposed, ParameterOf parameter_of) {
  std::vector<Stack::Block> mine;
  for (const Stack::Block& block : blocks) {
    if (block.begin >= first_column && block.begin < first_column + codes.size(1)) mine.push_back(block);
  }
  const std::size_t first = parameter_of(mine.front());
  if (mine.size() == 1 && !sink.apart(first)) {
    return transposed ? sink.add_product_to(first, data.t(), codes) : sink.add_product_to(first, codes.t(), data);
  }
  if (!transposed && side_by_side(sink, mine, parameter_of)) return sink.add_product_from(first, codes.t(), data);
  at::Tensor product;
  for (const Stack::Block& block : mine) {
    const std::int64_t begin = block.begin - first_column;
    const std::size_t parameter = parameter_of(block);
    if (sink.apart(parameter)) {
      sink.add_apart(parameter, codes.narrow(1, begin, block.rank), data, transposed);
      continue;
    }
    if (!product.defined()) product = transposed ? at::mm(data.t(), codes) : at::mm(codes.t(), data);
    sink.add(parameter, product.narrow(transposed ? 1 : 0, begin, block.rank));
  }
}

// dy B for all parts, times the piece's scale: the gradient of the codes before M.
void sum_code_gradient(const std::vector<PartRows>& parts, const Piece& piece, const at::Tensor& dy, at::Tensor& d) {
  const Stack& stack = *piece.stack;
  const double scale = piece.scale.value_or(1);
  // Over so long a sum cuBLAS picks a split that takes ten times as long (gate and up of an 8B: 280 us for 28,672).
  constexpr std::int64_t longest_sum = 8192;
  if (stack.block_b().defined() && stack.block_b().size(0) <= longest_sum) {
    at::addmm_out(d, d, dy, stack.block_b(), 0, scale);
    return;
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    at::Tensor dh = part_columns(stack, part, d);
    at::addmm_out(dh, dh, dy.narrow(1, parts[part].begin, parts[part].count), stack.b(part), 0, scale);
  }
}

}  // namespace

PieceCodes piece_codes(const AdapterPlan& plan, const Piece& piece, const at::Tensor& x) {
  const Stack& stack = *piece.stack;
  PieceCodes codes;
  at::Tensor raw = at::mm(x, stack.a().t());
  if (plan.fused()) {
    codes.q = raw.narrow(1, stack.columns(), plan.query_width()).contiguous();
    codes.h = raw.narrow(1, 0, stack.columns()) * piece.multiplier;
  } else {
    codes.h = piece.scale ? raw : raw.mul_(piece.multiplier);
  }
  return codes;
}

void piece_add(const AdapterPlan& plan, const std::vector<PartRows>& parts, const Piece& piece, const PieceCodes& codes,
               at::Tensor& y) {
  const Stack& stack = *piece.stack;
  const double scale = piece.scale.value_or(1);
  if (stack.block_b().defined()) {
    y.addmm_(codes.h, stack.block_b().t(), 1, scale);
    return;
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    at::Tensor u = part_columns(stack, part, codes.h);
    if (plan.fused()) u = u * (fusion_weight(plan, stack, part, u, codes.q) * stack.sign(part) + 1);
    y.narrow(1, parts[part].begin, parts[part].count).addmm_(u, stack.b(part).t(), 1, scale);
  }
}

at::Tensor piece_backward(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                          const std::vector<SlotParameters>& parameters, const ParameterStore& store,
                          const Piece& piece, const PieceCodes& codes, const at::Tensor& x, const at::Tensor& dy) {
  const Stack& stack = *piece.stack;
  const GradientSink sink(store, piece, 1), b_sink(store, piece, piece.scale.value_or(1));
  const auto part_of = [&](const Stack::Block& block) { return parameters[block.slot].parts[block.part]; };
  const std::int64_t columns = stack.columns(), width = plan.query_width();
  at::Tensor d = at::empty({x.size(0), columns + width}, x.options());
  at::Tensor dq;
  if (plan.fused()) {
    dq = d.narrow(1, columns, width).zero_();
  } else {
    sum_code_gradient(parts, piece, dy, d);
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const at::Tensor dy_part = dy.narrow(1, parts[part].begin, parts[part].count);
    const at::Tensor h = part_columns(stack, part, codes.h);
    at::Tensor dh = part_columns(stack, part, d);
    at::Tensor u = h;
    if (plan.fused()) {
      const at::Tensor e = at::mm(dy_part, stack.b(part));
      const at::Tensor t = fusion_weight(plan, stack, part, h, codes.q);
      const at::Tensor factor = t * stack.sign(part) + 1;
      u = h * factor;
      dh.copy_(e * factor);
      const at::Tensor dz = (e * h * stack.sign(part)).sum(1, true) * (1 - t * t) * 0.5;
      if (plan.combine == Combine::gated) {
        dq.add_(dz);
      } else {
        dq.add_(at::mm(h, stack.k(part)).mul_(dz));
        const at::Tensor dhk = codes.q * dz;
        dh.add_(at::mm(dhk, stack.k(part).t()));
        // stack.k() holds +-K / sqrt(d): the same factor leads back to K.
        const at::Tensor scaled = h * stack.sign(part) * (1.0 / std::sqrt(static_cast<double>(width)));
        add_factor(sink, stack.blocks(), stack.part_begin()[part], scaled, dhk, false,
                   [&](const Stack::Block& block) { return part_of(block).k; });
      }
    }
    add_factor(b_sink, stack.blocks(), stack.part_begin()[part], u, dy_part, true,
               [&](const Stack::Block& block) { return part_of(block).b; });
  }
  if (!piece.scale) d.narrow(1, 0, columns).mul_(piece.multiplier);
  std::vector<Stack::Block> blocks = stack.blocks();
  if (width > 0) blocks.push_back({0, parts.size(), columns, width});
  add_factor(sink, blocks, 0, d, x, false, [&](const Stack::Block& block) {
    return block.part == parts.size() ? parameters.front().query : part_of(block).a;
  });
  return d;
}

}  // namespace polyclinic
