#include "adapter/adapter_set.h"

#include <gtest/gtest.h>

#include <cmath>

#include "adapter/linear_shape.h"
#include "core/error.h"
#include "unit/adapter/bank_case.h"

namespace polyclinic {
namespace {

AdapterPlan one_slot(std::int64_t rank) {
  AdapterPlan plan;
  plan.slots = {{"shared", rank, 2.0 * static_cast<double>(rank)}};
  plan.routes = {{"all", {0}}};
  return plan;
}

TEST(Attach, EveryTargetMustMatchInEveryLayer) {
  RandomStream stream(1, 1);
  const auto weight = [&] { return make_dense_weight(random_tensor({6, 4}, stream)); };
  Projection first("model.layers.0.self_attn", {{"q_proj", 0, 4}, {"k_proj", 4, 6}}, weight());
  Projection second("model.layers.1.self_attn", {{"q_proj", 0, 6}}, weight());
  ParameterStore a, b, c;
  EXPECT_NO_THROW(attach({&first, &second}, one_slot(2), {"q_proj"}, a));
  EXPECT_THROW(attach({&first, &second}, one_slot(2), {"q_proj", "k_proj"}, b), InputError);
  EXPECT_THROW(attach({&first, &second}, one_slot(2), {"q_proj", "query"}, c), InputError);
}

TEST(Initialise, HasPeftsDistribution) {
  RandomStream stream(1, 1);
  Projection linear("model.layers.0.mlp", {{"down_proj", 0, 8}}, make_dense_weight(random_tensor({8, 400}, stream)));
  ParameterStore store;
  const AdapterSet adapters = attach({&linear}, one_slot(64), {"down_proj"}, store);
  store.allocate(1, at::kFloat);
  adapters.initialise(3);
  const at::Tensor a = store.value(0).to(at::kDouble);
  // Uniform in +-1/20: mean 0, variance (1/20)^2 / 3; 25,600 numbers, five standard errors.
  EXPECT_LE(a.abs().max().item<double>(), 0.05);
  EXPECT_GT(a.abs().max().item<double>(), 0.0499);
  EXPECT_NEAR(a.mean().item<double>(), 0, 5 * 0.05 / std::sqrt(3.0 * 25600));
  EXPECT_NEAR(a.pow(2).mean().item<double>(), 0.0025 / 3, 5 * 0.0025 * std::sqrt(4.0 / 45 / 25600));
  EXPECT_EQ(store.value(1).abs().max().item<double>(), 0);
}

TEST(Initialise, ASlotStartsAlikeWhateverOthersExist) {
  BankCase two(shared_private_plan(2), 1), three(shared_private_plan(3), 1);
  two.adapters.initialise(9);
  three.adapters.initialise(9);
  for (std::size_t i = 0; i < two.store.parameters().size(); ++i) {
    const std::size_t j = three.store.find(two.store.parameters()[i].name);
    EXPECT_TRUE(two.store.value(i).equal(three.store.value(j)));
  }
}

TEST(ParameterStore, PerTaskParametersComeFirstAndViewsShareMemory) {
  ParameterStore store;
  const std::size_t head = store.add("head", {3}, "head.x", false, false);
  const std::size_t shared = store.add("a", {2, 2}, "shared", true);
  const std::size_t other = store.add("b", {2}, "private.x");
  const std::size_t more = store.add("c", {1}, "shared", true);
  store.allocate(2, at::kFloat);
  EXPECT_EQ(store.count(), 10);
  EXPECT_EQ(store.per_task_count(), 5);
  EXPECT_EQ(store.parameters()[shared].offset, 0);
  EXPECT_EQ(store.parameters()[more].offset, 4);
  EXPECT_EQ(store.ranges("shared"), (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 5}}));
  EXPECT_EQ(store.no_decay().size(), 1U);
  store.task_gradient(shared)[0].fill_(1);
  store.task_gradient(shared)[1].fill_(10);
  store.sum_task_gradients();
  EXPECT_EQ(store.gradient(shared)[1][1].item<float>(), 11);
  store.combine_task_gradients({2, 0.5});
  EXPECT_EQ(store.gradient(shared)[1][0].item<float>(), 7);
  EXPECT_EQ(store.gradients()[4].item<float>(), 0);
  const at::Tensor leaf = store.leaf(head);
  (leaf * 3).sum().backward();
  (leaf * 4).sum().backward();
  EXPECT_EQ(store.gradient(head)[2].item<float>(), 7);
  store.value(other).fill_(5);
  EXPECT_EQ(store.values().sum().item<float>(), 10);
  const std::uint64_t before = store.version();
  store.zero_gradients();
  EXPECT_NE(store.version(), before);
  EXPECT_EQ(store.gradients().abs().sum().item<float>(), 0);
  EXPECT_EQ(store.task_gradients().abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace polyclinic
