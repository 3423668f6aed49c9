#include "adapter/dropout.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "unit/adapter/bank_case.h"

namespace polyclinic {
namespace {

AdapterPlan plan_with(double dropout) {
  AdapterPlan plan = shared_private_plan(2);
  plan.dropout = dropout;
  return plan;
}

at::Tensor mask(const AdapterPlan& plan, const PackTensors& pack, DropoutKey key, std::int64_t features,
                std::uint32_t bank = 0) {
  return apply_dropout(at::ones({pack.tokens(), features}, pack.positions.options().dtype(at::kFloat)),
                       Routing(plan, pack, key), plan.dropout, bank);
}

TEST(Dropout, WordsAreThoseOfPhilox) {
  // The mask's first block of row (position 2, sequence 0, route 1) of bank 3, from core/random.h.
  const AdapterPlan plan = plan_with(0.5);
  const PackTensors pack = make_pack({{4, 1, 1}});
  const at::Tensor m = mask(plan, pack, {5, 6}, 8, 3);
  const std::uint64_t key = mix({5, 6});
  const auto words =
      philox4x32({0, 2, 0, 3U << 8 | 1U}, {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  for (std::int64_t i = 0; i < 8; ++i) {
    const std::uint32_t bits = words[static_cast<std::size_t>(i / 2)] >> (i % 2 * 16) & 0xFFFFU;
    EXPECT_EQ(m[2][i].item<float>(), bits < 0x8000U ? 0.0F : 2.0F);
  }
}

TEST(Dropout, KeepsItsShareAndItsMean) {
  const AdapterPlan plan = plan_with(0.05);
  const PackTensors pack = make_pack({{200, 0, 0}, {200, 1, 1}});
  const at::Tensor m = mask(plan, pack, {1, 1}, 304);
  const double dropped = m.eq(0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(dropped, 0.05, 5 * std::sqrt(0.05 * 0.95 / 121600));
  EXPECT_NEAR(m.to(at::kDouble).mean().item<double>(), 1, 0.01);
}

TEST(Dropout, RowsOfASliceHaveTheirMasksAndRuns) {
  const AdapterPlan plan = plan_with(0.3);
  const PackTensors pack = make_pack({{5, 0, 0}, {7, 1, 1}, {3, 0, 0}});
  const auto whole = std::make_shared<const Routing>(plan, pack, DropoutKey{1, 9});
  const auto slice = Routing::slice(whole, 3, 14);
  const at::Tensor ones = at::ones({11, 40}, pack.positions.options().dtype(at::kFloat));
  EXPECT_TRUE(at::equal(apply_dropout(ones, *slice, plan.dropout, 0), mask(plan, pack, {1, 9}, 40).narrow(0, 3, 11)));
  ASSERT_EQ(slice->runs().size(), 3U);
  EXPECT_EQ(slice->runs()[1].begin, 2);
  EXPECT_EQ(slice->runs()[1].end, 9);
  EXPECT_EQ(slice->runs()[2].end, 11);
  const auto options = ones.options();
  EXPECT_TRUE(at::equal(slice->task_mask(options), whole->task_mask(options).narrow(0, 3, 11)));
}

TEST(Dropout, AnotherPackingOfTheSameStepRepeatsTheMask) {
  const AdapterPlan plan = plan_with(0.3);
  const PackTensors pack = make_pack({{5, 0, 0}, {7, 1, 1}, {3, 0, 0}});
  const at::Tensor whole = mask(plan, pack, {1, 9}, 40);
  Pack alone;
  alone.token_ids.assign(7, 1);
  alone.positions = {0, 1, 2, 3, 4, 5, 6};
  alone.sequence_starts = {0, 7};
  alone.sequence_task = {1};
  alone.sequence_route = {1};
  alone.sequence_index = {1};
  const at::Tensor again = mask(plan, to_device(alone, test_device()), {1, 9}, 40);
  EXPECT_TRUE(again.equal(whole.narrow(0, 5, 7)));
  EXPECT_FALSE(mask(plan, pack, {1, 10}, 40).equal(whole));
  EXPECT_FALSE(mask(plan, pack, {2, 9}, 40).equal(whole));
  EXPECT_FALSE(mask(plan, pack, {1, 9}, 40, 1).equal(whole));
}

TEST(Dropout, GradientsSeeTheMaskOfTheForwardPass) {
  BankCase c(plan_with(0.4), 51);
  const PackTensors pack = make_pack({{3, 0, 0}, {4, 1, 1}});
  const at::Tensor x = random_tensor({7, BankCase::inputs}, c.stream).set_requires_grad(true);
  c.adapters.prepare(pack, DropoutKey{3, 4});
  c.store.zero_gradients();
  const at::Tensor y = c.projection.forward(x, pack);
  y.sum().backward();
  c.store.sum_task_gradients();
  // The bank is linear in x and, at fixed codes, homogeneous: <dx, x> = sum(y), and <dB, B> = sum(y - W x).
  EXPECT_NEAR((x.grad() * x).sum().item<double>(), y.sum().item<double>(), 1e-9);
  double product = 0;
  for (std::size_t i = 0; i < c.store.parameters().size(); ++i) {
    if (c.store.parameters()[i].name.find("lora_A") == std::string::npos) continue;
    product += (c.store.gradient(i) * c.store.value(i)).sum().item<double>();
  }
  const at::Tensor base = x.detach().matmul(c.weight.t());
  EXPECT_NEAR(product, (y.detach() - base).sum().item<double>(), 1e-9);
  c.adapters.prepare(pack);
  EXPECT_FALSE(at::allclose(c.projection.forward(x, pack).detach(), y.detach()));
}

}  // namespace
}  // namespace polyclinic
