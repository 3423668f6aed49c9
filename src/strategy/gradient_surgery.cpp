#include "strategy/gradient_surgery.h"

#include <ATen/ops/mm.h>

#include <cmath>

namespace polyclinic {

SquareMatrix gram_matrix(const at::Tensor& gradients) {
  const at::Tensor gram = at::mm(gradients, gradients.t()).to(at::kCPU, at::kDouble).contiguous();
  const auto tasks = static_cast<std::size_t>(gram.size(0));
  const double* values = gram.data_ptr<double>();
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

SurgeryResult project_conflicts(const SquareMatrix& gram, RandomStream& order) {
  const std::size_t tasks = gram.size();
  SurgeryResult out = measure_conflicts(gram);
  out.coefficients.assign(tasks, 0.0);
  for (std::size_t i = 0; i < tasks; ++i) {
    std::vector<std::size_t> others;
    for (std::size_t j = 0; j < tasks; ++j) {
      if (j != i) others.push_back(j);
    }
    order.shuffle(others);
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

}  // namespace polyclinic
