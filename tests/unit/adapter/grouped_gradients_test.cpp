#include "adapter/grouped_gradients.h"

#include <ATen/ops/allclose.h>
#include <gtest/gtest.h>

#include "unit/adapter/bank_case.h"

namespace polyclinic {
namespace {

// The gradients of a pack's rows, by the products that bank_test.cpp holds against plain autograd, and grouped.
void compare(const AdapterPlan& plan, const std::vector<SequenceShape>& sequences, std::uint64_t seed) {
  BankCase c(plan, seed, at::kFloat);
  const PackTensors pack = make_pack(sequences);
  const at::Tensor x = random_tensor({pack.tokens(), BankCase::inputs}, c.stream, at::kFloat);
  const at::Tensor dy = random_tensor({pack.tokens(), BankCase::outputs}, c.stream, at::kFloat);
  c.adapters.prepare(pack);
  const Routing& routing = *c.adapters.routing();
  Bank& bank = *c.adapters.banks().front();
  const auto gradients = [&](bool grouped) {
    c.store.zero_gradients();
    for (Piece& piece : bank.pieces(routing, x.options())) {
      piece.grouped = grouped;
      if (grouped) {
        piece.task_mask = at::Tensor();
        piece.tasks.clear();
        for (const RowRun& run : routing.runs()) {
          if (run.begin < piece.begin || run.end > piece.end) continue;
          piece.tasks.push_back({run.begin - piece.begin, run.end - run.begin, run.task, run.route});
        }
      }
      const at::Tensor rows = x.narrow(0, piece.begin, piece.end - piece.begin);
      piece_backward(plan, bank.part_rows(), bank.parameters(), c.store, piece, piece_codes(plan, piece, rows), rows,
                     dy.narrow(0, piece.begin, piece.end - piece.begin));
    }
    return std::pair{c.store.gradients().clone(), c.store.task_gradients().clone()};
  };
  const auto [expected, expected_by_task] = gradients(false);
  const auto [found, found_by_task] = gradients(true);
  EXPECT_GT(expected.abs().sum().item<float>() + expected_by_task.abs().sum().item<float>(), 0);
  EXPECT_TRUE(at::allclose(found, expected, 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(found_by_task, expected_by_task, 1e-4, 1e-4));
}

const std::vector<SequenceShape> sorted{{5, 0, 0}, {7, 0, 0}, {6, 1, 1}, {9, 2, 2}};
const std::vector<SequenceShape> mixed{{1, 0, 0}, {1, 2, 2}, {3, 1, 1}, {1, 0, 0}, {2, 2, 2}, {1, 1, 1}};

TEST(GroupedGradients, EqualTheProductsOfEachTask) {
  for (const bool apart : {false, true}) {
    compare(shared_private_plan(3, Combine::sum, apart), sorted, 1);
    compare(shared_private_plan(3, Combine::sum, apart), mixed, 2);
  }
}
TEST(GroupedGradients, ThroughTheFusionToo) {
  compare(shared_private_plan(3, Combine::attention), sorted, 3);
  compare(shared_private_plan(3, Combine::gated), mixed, 4);
}
TEST(GroupedGradients, RanksBeyondOneJobAndTasksOnTwoRoutes) {
  AdapterPlan plan;
  plan.tasks = 3;
  plan.slots = {{"shared", 44, 8, {{"k_proj", 3}}, true}, {"level1", 70, 4}, {"level2", 3, 9}};
  plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  compare(plan, {{2, 0, 0}, {3, 1, 0}, {1, 2, 0}, {1, 2, 1}, {4, 1, 1}}, 5);
  plan.slots = {{"shared", 5, 10, {}, true}};
  plan.routes = {{"a", {0}}};
  compare(plan, {{4, 0, 0}, {1, 2, 0}, {6, 1, 0}}, 6);
}

}  // namespace
}  // namespace polyclinic
