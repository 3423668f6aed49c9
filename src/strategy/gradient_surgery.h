#pragma once
// PCGrad (Yu et al., "Gradient surgery for multi-task learning", NeurIPS 2020) in the space of coefficients. A
// projected gradient never leaves the span of the task gradients, so it is a vector of T coefficients, and all inner
// products come from the T x T Gram matrix of the original gradients: one matmul over the long vectors, whatever T is.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace polyclinic {

using SquareMatrix = std::vector<std::vector<double>>;  // [T][T]

struct SurgeryResult {
  std::vector<double> coefficients;  // the update is sum_j coefficients[j] g_j
  SquareMatrix cosine;               // of the original gradients; 0 where one of the two is zero
  std::int64_t pairs = 0;            // pairs i < j of tasks with a gradient
  std::int64_t conflicts = 0;        // those with a negative inner product
  double conflict_rate() const { return pairs > 0 ? static_cast<double>(conflicts) / static_cast<double>(pairs) : 0; }
};

// G = g g^T of `gradients` [T, N], on its device and in its dtype (fp32 sums): [T, T].
at::Tensor gram_product(const at::Tensor& gradients);
SquareMatrix square_matrix(const at::Tensor& gram);                   // on the host; waits for the device
SquareMatrix square_matrix(const double* values, std::size_t tasks);  // [tasks, tasks], row by row
SquareMatrix gram_matrix(const at::Tensor& gradients);                // both

// For each i: c_i = e_i; for all j != i in a random order: d = c_i^T G e_j; if d < 0, c_i[j] -= d / G[j][j]. Returns
// sum_i c_i. `order` gives the random orders: one shuffle for each i, in turn. Tasks whose gradient is zero (not in
// this step) neither project nor are projected.
SurgeryResult project_conflicts(const SquareMatrix& gram, RandomStream& order);

// The coefficients of project_conflicts, [T] fp64, where `gram` [T, T] fp64 is: nobody waits for a card. The orders are
// those that it would draw. All ones where the Gram matrix is not finite.
at::Tensor projection_coefficients(const at::Tensor& gram, RandomStream& order);

// Cosines and conflicts alone, with coefficients of 1: the log of a strategy without surgery.
SurgeryResult measure_conflicts(const SquareMatrix& gram);

}  // namespace polyclinic
