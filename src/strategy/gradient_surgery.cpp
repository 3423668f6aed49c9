#include "strategy/gradient_surgery.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <limits>

#include "model/upload.h"

#ifdef POLYCLINIC_CUDA
#include "kernels/task_gradients.h"
#include "model/cuda_bridge.h"
#endif

namespace polyclinic {

at::Tensor gram_product(const at::Tensor& gradients) {
  const std::int64_t tasks = gradients.size(0), count = gradients.size(1);
#ifdef POLYCLINIC_CUDA
  if (gradients.is_cuda() && gradients.scalar_type() == at::kFloat && tasks <= kernels::most_gram_tasks) {
    at::Tensor gram = at::empty({tasks, tasks}, gradients.options());
    const auto few = static_cast<std::int32_t>(tasks);
    at::Tensor work = at::empty({kernels::gram_workspace(few)}, gradients.options());
    kernels::gram_cuda({gradients.const_data_ptr<float>(), few, count, gradients.stride(0)},
                       work.mutable_data_ptr<float>(), gram.mutable_data_ptr<float>(), cuda_stream());
    return gram;
  }
#endif
  constexpr std::int64_t parts = 1024;
  const std::int64_t length = count / parts;
  if (!gradients.is_cuda() || length == 0) return at::mm(gradients, gradients.t());
  // A card would give so long a sum to few of its multiprocessors: it is taken in parts.
  const at::Tensor apart = gradients.narrow(1, 0, parts * length).view({tasks, parts, length}).transpose(0, 1);
  at::Tensor gram = at::bmm(apart, apart.transpose(1, 2)).sum(0);
  const at::Tensor rest = gradients.narrow(1, parts * length, count - parts * length);
  return gram.addmm_(rest, rest.t());
}

SquareMatrix gram_matrix(const at::Tensor& gradients) { return square_matrix(gram_product(gradients)); }

SquareMatrix square_matrix(const at::Tensor& on_device) {
  const at::Tensor gram = on_device.to(at::kCPU, at::kDouble).contiguous();
  return square_matrix(gram.const_data_ptr<double>(), static_cast<std::size_t>(gram.size(0)));
}

SquareMatrix square_matrix(const double* values, std::size_t tasks) {
  SquareMatrix out(tasks);
  for (std::size_t i = 0; i < tasks; ++i) out[i].assign(values + i * tasks, values + (i + 1) * tasks);
  return out;
}

SurgeryResult measure_conflicts(const SquareMatrix& gram) {
  const std::size_t tasks = gram.size();
  SurgeryResult out;
  out.coefficients.assign(tasks, 1.0);
  out.cosine.assign(tasks, std::vector<double>(tasks, 0.0));
  for (std::size_t i = 0; i < tasks; ++i) {
    for (std::size_t j = 0; j < tasks; ++j) {
      if (!(gram[i][i] > 0) || !(gram[j][j] > 0)) continue;
      out.cosine[i][j] = gram[i][j] / (std::sqrt(gram[i][i]) * std::sqrt(gram[j][j]));
      if (i >= j) continue;
      ++out.pairs;
      if (gram[i][j] < 0) ++out.conflicts;
    }
  }
  return out;
}

namespace {
// The tasks but i, in a random order.
std::vector<std::size_t> others_of(std::size_t i, std::size_t tasks, RandomStream& order) {
  std::vector<std::size_t> others;
  for (std::size_t j = 0; j < tasks; ++j) {
    if (j != i) others.push_back(j);
  }
  order.shuffle(others);
  return others;
}
}  // namespace

SurgeryResult project_conflicts(const SquareMatrix& gram, RandomStream& order) {
  const std::size_t tasks = gram.size();
  SurgeryResult out = measure_conflicts(gram);
  out.coefficients.assign(tasks, 0.0);
  for (std::size_t i = 0; i < tasks; ++i) {
    const std::vector<std::size_t> others = others_of(i, tasks, order);
    if (!(gram[i][i] > 0)) continue;
    std::vector<double> c(tasks, 0.0);
    c[i] = 1.0;
    for (const std::size_t j : others) {
      if (!(gram[j][j] > 0)) continue;
      double inner = 0;
      for (std::size_t k = 0; k < tasks; ++k) inner += c[k] * gram[k][j];
      if (inner < 0) c[j] -= inner / gram[j][j];
    }
    for (std::size_t j = 0; j < tasks; ++j) out.coefficients[j] += c[j];
  }
  return out;
}

// All rows at once, each through its own order: row i of `c` holds the coefficients of task i's projected gradient.
at::Tensor projection_coefficients(const at::Tensor& gram, RandomStream& order) {
  const std::int64_t tasks = gram.size(0);
  at::Tensor orders = at::empty({tasks - 1, tasks, 1}, at::kLong);
  auto* place = orders.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < tasks; ++i) {
    const auto others = others_of(static_cast<std::size_t>(i), static_cast<std::size_t>(tasks), order);
    for (std::int64_t k = 0; k + 1 < tasks; ++k) {
      place[k * tasks + i] = static_cast<std::int64_t>(others[static_cast<std::size_t>(k)]);
    }
  }
  orders = upload(orders, gram.device());
  const at::Tensor squares = gram.diagonal(), present = squares.gt(0);
  // A task without a gradient takes nothing away: its inner products are divided by infinity.
  const at::Tensor divisor = squares.masked_fill(present.logical_not(), std::numeric_limits<double>::infinity()).neg();
  at::Tensor c = at::diag(present.to(at::kDouble));
  for (std::int64_t k = 0; k + 1 < tasks; ++k) {
    const at::Tensor j = orders[k];
    const at::Tensor inner = at::mm(c, gram).gather(1, j).clamp_max_(0);
    c.scatter_add_(1, j, inner.div_(divisor.index_select(0, j.view({-1})).view({-1, 1})));
  }
  return at::where(gram.isfinite().all(), c.sum(0), at::ones_like(squares));
}

}  // namespace polyclinic
