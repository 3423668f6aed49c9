#include "strategy/gradient_surgery.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/test_device.h"

namespace polyclinic {
namespace {

using Vectors = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

Vectors random_vectors(std::size_t tasks, std::size_t length, RandomStream& stream) {
  Vectors out(tasks, std::vector<double>(length));
  for (auto& vector : out) {
    for (double& value : vector) value = stream.normal();
  }
  return out;
}

at::Tensor as_tensor(const Vectors& g, at::ScalarType type) {
  at::Tensor out =
      at::empty({static_cast<std::int64_t>(g.size()), static_cast<std::int64_t>(g[0].size())}, at::kDouble);
  double* values = out.data_ptr<double>();
  for (const auto& row : g) values = std::copy(row.begin(), row.end(), values);
  return out.to(type);
}

// Algorithm 1 of the paper, on the vectors themselves.
std::vector<double> published(const Vectors& g, RandomStream& order) {
  Vectors projected = g;
  for (std::size_t i = 0; i < g.size(); ++i) {
    std::vector<std::size_t> others;
    for (std::size_t j = 0; j < g.size(); ++j) {
      if (j != i) others.push_back(j);
    }
    order.shuffle(others);
    for (const std::size_t j : others) {
      const double inner = dot(projected[i], g[j]);
      if (inner >= 0) continue;
      const double factor = inner / dot(g[j], g[j]);
      for (std::size_t k = 0; k < g[j].size(); ++k) projected[i][k] -= factor * g[j][k];
    }
  }
  std::vector<double> sum(g[0].size(), 0.0);
  for (const auto& vector : projected) {
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += vector[k];
  }
  return sum;
}

TEST(GradientSurgery, GramMatrixOfLongVectors) {
  RandomStream stream(7, 9);
  const Vectors g = random_vectors(3, 5003, stream);  // no multiple of the parts that a card sums in
  const SquareMatrix gram = gram_matrix(as_tensor(g, at::kFloat).to(test_device()));
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(gram[i][j], dot(g[i], g[j]), 5e-2);
  }
}

TEST(GradientSurgery, EqualsThePublishedAlgorithmOnExplicitVectors) {
  RandomStream stream(7, 1);
  int changed = 0;
  for (std::uint64_t trial = 0; trial < 400; ++trial) {
    const std::size_t tasks = 2 + stream.below(7);
    const std::size_t length = 1 + stream.below(12);  // short vectors conflict often, also below T (dependent ones)
    const Vectors g = random_vectors(tasks, length, stream);
    RandomStream first(trial, 5), second(trial, 5);
    const SurgeryResult ours = project_conflicts(gram_matrix(as_tensor(g, at::kDouble)), first);
    const std::vector<double> expected = published(g, second);
    EXPECT_EQ(first.position(), second.position());
    RandomStream third(trial, 5);
    const at::Tensor on_device = projection_coefficients(gram_product(as_tensor(g, at::kDouble)), third);
    EXPECT_EQ(first.position(), third.position());
    for (std::size_t j = 0; j < tasks; ++j) {
      const double found = on_device[static_cast<std::int64_t>(j)].item<double>();
      ASSERT_NEAR(found, ours.coefficients[j], 1e-9 * (1 + std::abs(found))) << "trial " << trial;
    }
    std::vector<double> update(length, 0.0), plain(length, 0.0);
    for (std::size_t j = 0; j < tasks; ++j) {
      for (std::size_t k = 0; k < length; ++k) {
        update[k] += ours.coefficients[j] * g[j][k];
        plain[k] += g[j][k];
      }
    }
    double difference = 0;
    for (std::size_t k = 0; k < length; ++k) {
      ASSERT_NEAR(update[k], expected[k], 1e-9 * (1 + std::abs(expected[k]))) << "trial " << trial;
      difference += std::abs(update[k] - plain[k]);
    }
    changed += difference > 1e-6;
  }
  EXPECT_GT(changed, 300);
}

TEST(GradientSurgery, TwoOpposedTasksByHand) {
  // g1 = (1, 0), g2 = (-1, 1): g1' = (1,0) + 1/2 (-1,1) = (1/2, 1/2); g2' = (-1,1) + (1,0) = (0, 1).
  RandomStream order(1, 1);
  const SurgeryResult result = project_conflicts({{1, -1}, {-1, 2}}, order);
  EXPECT_DOUBLE_EQ(result.coefficients[0], 2.0);
  EXPECT_DOUBLE_EQ(result.coefficients[1], 1.5);
  EXPECT_EQ(result.pairs, 1);
  EXPECT_EQ(result.conflicts, 1);
  EXPECT_NEAR(result.cosine[0][1], -1 / std::sqrt(2.0), 1e-15);
}

TEST(GradientSurgery, AgreeingTasksStayAsTheyAre) {
  RandomStream order(1, 1);
  const SurgeryResult result = project_conflicts({{2, 1, 0}, {1, 3, 0.5}, {0, 0.5, 1}}, order);
  EXPECT_EQ(result.coefficients, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(result.conflict_rate(), 0);
}

TEST(GradientSurgery, AnAbsentTaskTakesNoPart) {
  RandomStream order(3, 1);
  const SurgeryResult result = project_conflicts({{1, 0, -1}, {0, 0, 0}, {-1, 0, 2}}, order);
  EXPECT_DOUBLE_EQ(result.coefficients[0], 2.0);
  EXPECT_DOUBLE_EQ(result.coefficients[1], 0.0);
  EXPECT_DOUBLE_EQ(result.coefficients[2], 1.5);
  EXPECT_EQ(result.pairs, 1);
}

TEST(GradientSurgery, OnADeviceAbsentTasksAndOverflowsToo) {
  RandomStream order(3, 1);
  const at::Tensor gram = as_tensor({{1, 0, -1}, {0, 0, 0}, {-1, 0, 2}}, at::kDouble).to(test_device());
  const at::Tensor found = projection_coefficients(gram, order).to(at::kCPU);
  EXPECT_TRUE(at::equal(found, at::tensor({2.0, 0.0, 1.5}, at::kDouble)));
  gram[0][2].fill_(std::numeric_limits<double>::infinity());
  EXPECT_EQ(projection_coefficients(gram, order).eq(1).sum().item<int>(), 3);
}

TEST(GradientSurgery, GramMatrixOfFloats) {
  const SquareMatrix gram = gram_matrix(as_tensor({{1, 2, 3}, {0, -1, 1}}, at::kFloat));
  EXPECT_EQ(gram, (SquareMatrix{{14, 1}, {1, 2}}));
}

}  // namespace
}  // namespace polyclinic
