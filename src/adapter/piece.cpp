#include "adapter/piece.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/tanh.h>

#include <cmath>

#include "adapter/grouped_gradients.h"

namespace polyclinic {
namespace {

// t of one part: [rows, 1].
at::Tensor fusion_weight(const AdapterPlan& plan, const Stack& stack, std::size_t part, const at::Tensor& h,
                         const at::Tensor& q) {
  const at::Tensor z = plan.combine == Combine::attention ? at::mm(h, stack.k(part)).mul_(q).sum(1, true) : q;
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

// target += alpha a b, summed in the target's dtype whatever that of a and b; `first`: in place of what is there.
void add_product(at::Tensor target, const at::Tensor& a, const at::Tensor& b, double alpha, bool first) {
  const double beta = first ? 0 : 1;
  if (target.scalar_type() == a.scalar_type()) {
    target.addmm_(a, b, beta, alpha);
  } else if (target.is_cuda()) {
    at::addmm_outf(target, a, b, target.scalar_type(), beta, alpha, target);
  } else {
    if (first) target.zero_();
    target.add_(at::mm(a, b), alpha);
  }
}

// Adds codes^T data times `scale` to a gradient, taken apart by task where the parameter wants it.
class GradientSink {
 public:
  GradientSink(const ParameterStore& store, const Piece& piece, double scale)
      : store_(store), piece_(piece), scale_(scale) {}

  // Codes [rows, r] against data [rows, n] -> parameter [r, n]; the parameters that follow `first` take the rows that
  // are left.
  void add(std::size_t first, const at::Tensor& codes, const at::Tensor& data) const {
    const std::int64_t r = codes.size(1), n = data.size(1);
    if (by_mask(first)) {
      clear_first(first, r, n);
      store_.task_gradient_matrices(first, r, n).add_(spread_product(codes, data), scale_);
      return;
    }
    for_each_task(first, r, n, [&](const at::Tensor& target, std::int64_t begin, std::int64_t count, bool fresh) {
      add_product(target, codes.narrow(0, begin, count).t(), data.narrow(0, begin, count), scale_, fresh);
    });
  }
  // -> parameter [n, r].
  void add_transposed(std::size_t parameter, const at::Tensor& codes, const at::Tensor& data) const {
    const std::int64_t r = codes.size(1), n = data.size(1);
    if (by_mask(parameter)) {
      clear_first(parameter, n, r);
      store_.task_gradient_matrices(parameter, n, r).add_(spread_product(codes, data).transpose(1, 2), scale_);
      return;
    }
    for_each_task(parameter, n, r, [&](at::Tensor target, std::int64_t begin, std::int64_t count, bool fresh) {
      const at::Tensor u = codes.narrow(0, begin, count), y = data.narrow(0, begin, count);
      if (target.is_cuda()) return add_product(target, y.t(), u, scale_, fresh);
      // MKL takes up to eight times as long for a product with few columns as for one with few rows.
      if (fresh) target.zero_();
      target.add_(at::mm(u.t(), y).t(), scale_);
    });
  }

 private:
  bool by_mask(std::size_t parameter) const {
    return store_.parameters()[parameter].per_task && piece_.task_mask.defined();
  }
  // [tasks, r, n].
  at::Tensor spread_product(const at::Tensor& codes, const at::Tensor& data) const {
    return at::mm(spread(codes, piece_.task_mask).t(), data).view({store_.tasks(), codes.size(1), data.size(1)});
  }
  void clear_first(std::size_t parameter, std::int64_t rows, std::int64_t columns) const {
    for (std::int64_t task = 0; task < store_.tasks(); ++task) {
      if (!store_.claim(parameter, rows * columns, task)) continue;
      store_.gradient_matrix(parameter, rows, columns, task).zero_();
    }
  }
  // add(gradient [rows, columns], first row of the piece, rows of the piece, whether it is the first to add).
  template <typename Add>
  void for_each_task(std::size_t parameter, std::int64_t rows, std::int64_t columns, const Add& add) const {
    if (!store_.parameters()[parameter].per_task) {
      const bool first = store_.claim(parameter, rows * columns, 0);
      return add(store_.gradient_matrix(parameter, rows, columns, -1), 0, piece_.end - piece_.begin, first);
    }
    for (const TaskRows& of : piece_.tasks) {
      const bool first = store_.claim(parameter, rows * columns, of.task);
      add(store_.gradient_matrix(parameter, rows, columns, of.task), of.begin, of.count, first);
    }
  }
  const ParameterStore& store_;
  const Piece& piece_;
  double scale_;
};

// Columns of one slot in all parts: a view where they are neighbours, else side by side in a copy.
at::Tensor slot_columns(const Stack& stack, std::size_t slot, const at::Tensor& codes) {
  std::vector<at::Tensor> columns;
  for (const Stack::Block& block : stack.blocks()) {
    if (block.slot == slot) columns.push_back(codes.narrow(1, block.begin, block.rank));
  }
  if (columns.size() == 1) return columns.front();
  if (stack.slots().size() == 1) return codes.narrow(1, 0, stack.columns());
  return at::cat(columns, 1);
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

// The same through the fusion; also adds the gradients of K. `d` [rows, R + query], its last columns the query's.
// Returns the weighted codes u, which B reads.
at::Tensor fusion_code_gradient(const AdapterPlan& plan, const std::vector<PartRows>& parts,
                                const std::vector<SlotParameters>& parameters, const GradientSink& sink,
                                const Stack& stack, const PieceCodes& codes, const at::Tensor& dy, at::Tensor& d) {
  const std::int64_t width = plan.query_width();
  at::Tensor all_u = at::empty_like(codes.h);
  at::Tensor dq = d.narrow(1, stack.columns(), width).zero_();
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const at::Tensor h = part_columns(stack, part, codes.h);
    const at::Tensor e = at::mm(dy.narrow(1, parts[part].begin, parts[part].count), stack.b(part));
    const at::Tensor t = fusion_weight(plan, stack, part, h, codes.q);
    const at::Tensor factor = t * stack.sign(part) + 1;
    at::Tensor u = part_columns(stack, part, all_u), dh = part_columns(stack, part, d);
    at::mul_out(u, h, factor);
    at::mul_out(dh, e, factor);
    const at::Tensor dz = (e * h * stack.sign(part)).sum(1, true) * (1 - t * t) * 0.5;
    if (plan.combine == Combine::gated) {
      dq.add_(dz);
      continue;
    }
    dq.add_(at::mm(h, stack.k(part)).mul_(dz));
    const at::Tensor dhk = codes.q * dz;
    dh.addmm_(dhk, stack.k(part).t());
    // stack.k() holds +-K / sqrt(d): the same factor leads back to K.
    const at::Tensor scaled = h * stack.sign(part) * (1.0 / std::sqrt(static_cast<double>(width)));
    for (const Stack::Block& block : stack.blocks()) {
      if (block.part != part) continue;
      sink.add(parameters[block.slot].parts[part].k,
               scaled.narrow(1, block.begin - stack.part_begin()[part], block.rank), dhk);
    }
  }
  return all_u;
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
  const std::int64_t columns = stack.columns(), width = plan.query_width();
  at::Tensor d = at::empty({x.size(0), columns + width}, x.options());
  at::Tensor u = codes.h;
  if (plan.fused()) {
    u = fusion_code_gradient(plan, parts, parameters, sink, stack, codes, dy, d);
  } else {
    sum_code_gradient(parts, piece, dy, d);
  }
  std::optional<GroupedGradients> grouped;
  if (piece.grouped) grouped.emplace(plan, parts, parameters, store, piece);
  const auto alone = [&](std::size_t slot) { return !grouped || !grouped->takes(slot); };
  if (grouped) grouped->add_b(u, dy, piece.scale.value_or(1));
  for (const Stack::Block& block : stack.blocks()) {
    if (!alone(block.slot)) continue;
    b_sink.add_transposed(parameters[block.slot].parts[block.part].b, u.narrow(1, block.begin, block.rank),
                          dy.narrow(1, parts[block.part].begin, parts[block.part].count));
  }
  if (!piece.scale) d.narrow(1, 0, columns).mul_(piece.multiplier);
  if (grouped) grouped->add_a(d, x);
  for (const std::size_t slot : stack.slots()) {
    if (alone(slot)) sink.add(parameters[slot].parts.front().a, slot_columns(stack, slot, d), x);
  }
  if (width > 0) sink.add(parameters.front().query, d.narrow(1, columns, width), x);
  return d;
}

}  // namespace polyclinic
