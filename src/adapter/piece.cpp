#include "adapter/piece.h"

#include <ATen/TensorOperators.h>
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

// Adds codes^T data, taken apart by task where the parameter wants it, to its gradient.
class GradientSink {
 public:
  GradientSink(const ParameterStore& store, const Piece& piece) : store_(store), piece_(piece) {}

  bool apart(std::size_t parameter) const {
    return store_.parameters()[parameter].per_task && piece_.task_mask.defined() && piece_.task < 0;
  }
  // product: the parameter's whole gradient of this piece, in its shape. Not for apart().
  void add(std::size_t parameter, const at::Tensor& product) const {
    if (!store_.parameters()[parameter].per_task) {
      store_.gradient(parameter).add_(product);
    } else {
      store_.task_gradient(parameter, piece_.task).add_(product);
    }
  }
  // columns [rows, r], data [rows, n] -> parameter [r, n], or [n, r] when `transposed`. For apart().
  void add_apart(std::size_t parameter, const at::Tensor& columns, const at::Tensor& data, bool transposed) const {
    const at::Tensor wide = spread(columns, piece_.task_mask);
    const at::Tensor product = at::mm(wide.t(), data).view({store_.tasks(), columns.size(1), data.size(1)});
    store_.task_gradient(parameter).add_(transposed ? product.transpose(1, 2) : product);
  }

 private:
  const ParameterStore& store_;
  const Piece& piece_;
};

// Gradient of a merged factor: `codes` [rows, C] against `data` [rows, n]. Parameters that are kept apart by task take
// matmuls of their own, all others share one.
template <typename ParameterOf>
void add_factor(const GradientSink& sink, const std::vector<Stack::Block>& blocks, std::int64_t first_column,
                const at::Tensor& codes, const at::Tensor& data, bool transposed, ParameterOf parameter_of) {
  at::Tensor product;
  for (const Stack::Block& block : blocks) {
    const std::int64_t begin = block.begin - first_column;
    if (begin < 0 || begin >= codes.size(1)) continue;
    const std::size_t parameter = parameter_of(block);
    if (sink.apart(parameter)) {
      sink.add_apart(parameter, codes.narrow(1, begin, block.rank), data, transposed);
      continue;
    }
    if (!product.defined()) product = transposed ? at::mm(data.t(), codes) : at::mm(codes.t(), data);
    const bool whole = block.rank == codes.size(1);
    sink.add(parameter, whole ? product : product.narrow(transposed ? 1 : 0, begin, block.rank));
  }
}

}  // namespace

PieceCodes piece_forward(const AdapterPlan& plan, const std::vector<PartRows>& parts, const Piece& piece,
                         const at::Tensor& x, at::Tensor& y) {
  const Stack& stack = *piece.stack;
  PieceCodes codes;
  at::Tensor raw = at::mm(x, stack.a().t());
  if (plan.fused()) {
    codes.q = raw.narrow(1, stack.columns(), plan.query_width()).contiguous();
    codes.h = raw.narrow(1, 0, stack.columns()) * piece.multiplier;
  } else {
    codes.h = raw.mul_(piece.multiplier);
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    at::Tensor u = part_columns(stack, part, codes.h);
    if (plan.fused()) u = u * (fusion_weight(plan, stack, part, u, codes.q) * stack.sign(part) + 1);
    y.narrow(1, parts[part].begin, parts[part].count).addmm_(u, stack.b(part).t());
  }
  return codes;
}

at::Tensor piece_backward(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                          const std::vector<SlotParameters>& parameters, const ParameterStore& store,
                          const Piece& piece, const PieceCodes& codes, const at::Tensor& x, const at::Tensor& dy) {
  const Stack& stack = *piece.stack;
  const GradientSink sink(store, piece);
  const auto part_of = [&](const Stack::Block& block) { return parameters[block.slot].parts[block.part]; };
  const std::int64_t columns = stack.columns(), width = plan.query_width();
  at::Tensor d = at::empty({x.size(0), columns + width}, x.options());
  at::Tensor dq;
  if (plan.fused()) dq = d.narrow(1, columns, width).zero_();
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const at::Tensor dy_part = dy.narrow(1, parts[part].begin, parts[part].count);
    const at::Tensor h = part_columns(stack, part, codes.h);
    at::Tensor dh = part_columns(stack, part, d);
    at::Tensor u = h;
    if (!plan.fused()) {
      at::mm_out(dh, dy_part, stack.b(part));
    } else {
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
    add_factor(sink, stack.blocks(), stack.part_begin()[part], u, dy_part, true,
               [&](const Stack::Block& block) { return part_of(block).b; });
  }
  d.narrow(1, 0, columns).mul_(piece.multiplier);
  std::vector<Stack::Block> blocks = stack.blocks();
  if (width > 0) blocks.push_back({0, parts.size(), columns, width});
  add_factor(sink, blocks, 0, d, x, false, [&](const Stack::Block& block) {
    return block.part == parts.size() ? parameters.front().query : part_of(block).a;
  });
  return d;
}

}  // namespace polyclinic
