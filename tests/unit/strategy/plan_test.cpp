#include "strategy/plan.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "strategy/inherited.h"

namespace polyclinic {
namespace {

StrategyInputs study(StrategyOptions strategy) {
  StrategyInputs inputs;
  inputs.strategy = std::move(strategy);
  inputs.lora.rank = 32;
  inputs.lora.alpha = 64;
  inputs.lora.dropout = 0.05;
  inputs.tasks = {{"semeval2016t12", {2}}, {"semeval2014t7", {1}}, {"semeval2021t6", {1, 2}}};
  return inputs;
}

StrategyOptions s3a() {
  StrategyOptions options;
  options.type = "multi_task";
  options.adapter.shared = true;
  options.adapter.shared_rank = 16;
  options.adapter.private_rank = 8;
  options.adapter.fusion = "attention";
  options.gradient.conflict_resolution = "pcgrad";
  return options;
}

StrategyOptions s3b() {
  StrategyOptions options;
  options.type = "multi_task";
  options.architecture.type = "hierarchical";
  options.architecture.shared_rank = 16;
  options.architecture.level1_rank = 8;
  options.architecture.level2_rank = 8;
  options.gradient.conflict_resolution = "pcgrad";
  return options;
}

TEST(StrategyPlan, S1HasOneSlotATask) {
  const StrategyPlan plan = plan_strategy(study({}));
  EXPECT_EQ(plan.kind, "single_task");
  ASSERT_EQ(plan.adapters.slots.size(), 3U);
  EXPECT_EQ(plan.adapters.slots[1].name, "private.semeval2014t7");
  EXPECT_EQ(plan.adapters.slots[1].rank, 32);
  EXPECT_EQ(plan.adapters.routes[2].slots, (std::vector<std::size_t>{2}));
  EXPECT_EQ(plan.weighting, Weighting::equal);
  EXPECT_DOUBLE_EQ(plan.adapters.dropout, 0.05);
}

TEST(StrategyPlan, S2SharesOneSlot) {
  StrategyOptions options;
  options.type = "multi_task";
  options.adapter.shared = true;
  options.adapter.private_adapter = false;
  const StrategyPlan plan = plan_strategy(study(options));
  EXPECT_EQ(plan.kind, "shared");
  EXPECT_EQ(plan.adapters.slots.size(), 1U);
  EXPECT_FALSE(plan.adapters.slots[0].per_task_gradients);
  EXPECT_EQ(plan.feeds[2].streams, (std::vector<std::int32_t>{0}));
  EXPECT_EQ(plan.feeds[2].level1_stream, 0);
  EXPECT_EQ(plan.feeds[2].level2_stream, 0);
  EXPECT_EQ(plan.weighting, Weighting::uncertainty);
}

TEST(StrategyPlan, S3aFusesAndKeepsGradientsApart) {
  const StrategyPlan plan = plan_strategy(study(s3a()));
  EXPECT_EQ(plan.kind, "shared_private");
  EXPECT_EQ(plan.adapters.combine, Combine::attention);
  EXPECT_TRUE(plan.gradient_surgery);
  EXPECT_TRUE(plan.adapters.slots[0].per_task_gradients);
  EXPECT_FALSE(plan.adapters.slots[1].per_task_gradients);
  EXPECT_EQ(plan.adapters.slots[0].rank, 16);
  EXPECT_DOUBLE_EQ(plan.adapters.slots[0].scale(), 2.0);
  EXPECT_DOUBLE_EQ(plan.adapters.slots[3].scale(), 2.0);
  EXPECT_EQ(plan.adapters.routes[1].slots, (std::vector<std::size_t>{0, 2}));
}

TEST(StrategyPlan, S3bFeedsLevel2Twice) {
  const StrategyPlan plan = plan_strategy(study(s3b()));
  EXPECT_EQ(plan.kind, "hierarchical");
  EXPECT_EQ(plan.adapters.slots.size(), 3U);
  EXPECT_TRUE(plan.cross_level_attention);
  EXPECT_EQ(plan.feeds[0].streams, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(plan.feeds[0].level1_stream, -1);
  EXPECT_EQ(plan.feeds[0].level2_stream, 1);
  EXPECT_EQ(plan.feeds[1].streams, (std::vector<std::int32_t>{0}));
  EXPECT_EQ(plan.feeds[2].streams, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(plan.feeds[2].level1_stream, 0);
  EXPECT_EQ(plan.feeds[2].level2_stream, 1);
  StrategyOptions without = s3b();
  without.architecture.cross_level_attention = false;
  EXPECT_EQ(plan_strategy(study(without)).feeds[0].streams, (std::vector<std::int32_t>{1}));
}

TEST(StrategyPlan, S4OrdersByLevel) {
  StrategyOptions options;
  options.type = "sequential";
  options.adapter.shared = true;
  options.adapter.private_adapter = false;
  EXPECT_EQ(plan_strategy(study(options)).phases, (std::vector<std::vector<std::size_t>>{{1}, {2}, {0}}));
  options.sequential.order = "listed";
  EXPECT_EQ(plan_strategy(study(options)).phases, (std::vector<std::vector<std::size_t>>{{0}, {1}, {2}}));
  EXPECT_TRUE(plan_strategy(study(options)).elastic_weights);
}

TEST(StrategyPlan, S5NeedsItsParent) {
  StrategyOptions heir;
  heir.name = "S5_qlora_mtl";
  heir.type = "multi_task";
  heir.architecture.inherit_from = "best_s3";
  heir.quantization = QuantizationOptions{.enabled = true};
  EXPECT_THROW(plan_strategy(study(heir)), InputError);
  const StrategyOptions whole = inherit_strategy(heir, s3b());
  EXPECT_EQ(plan_strategy(study(whole)).kind, "hierarchical");
  EXPECT_EQ(whole.name, "S5_qlora_mtl");
  EXPECT_TRUE(whole.quantization->enabled);
}

TEST(StrategyPlan, OptionsWithoutEffectAreRefused) {
  StrategyOptions single;
  single.gradient.conflict_resolution = "pcgrad";
  EXPECT_THROW(plan_strategy(study(single)), InputError);
  StrategyOptions shared = s3a();
  shared.adapter.private_adapter = false;
  EXPECT_THROW(plan_strategy(study(shared)), InputError);  // private_rank and fusion
  StrategyOptions apart = s3a();
  apart.adapter.shared = false;
  apart.adapter.shared_rank.reset();
  apart.adapter.fusion.reset();
  EXPECT_THROW(plan_strategy(study(apart)), InputError);  // nothing shared to project
  apart.gradient.conflict_resolution = "none";
  EXPECT_EQ(plan_strategy(study(apart)).kind, "private");
  StrategyOptions flat = s3a();
  flat.architecture.detach_l1_for_l2 = true;
  EXPECT_THROW(plan_strategy(study(flat)), InputError);
  StrategyOptions none = s3a();
  none.adapter = {};
  none.adapter.private_adapter = false;
  EXPECT_THROW(plan_strategy(study(none)), InputError);
  StrategyInputs flat_levels = study(s3b());
  flat_levels.tasks = {{"a", {1}}, {"b", {1}}};
  EXPECT_THROW(plan_strategy(flat_levels), InputError);
}

}  // namespace
}  // namespace polyclinic
