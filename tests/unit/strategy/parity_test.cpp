#include "strategy/parity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "strategy/plan.h"

namespace polyclinic {
namespace {

const std::vector<std::string> attention_targets{"q_proj", "k_proj", "v_proj", "o_proj"};
const std::vector<std::string> all_targets{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};

ModelConfig shape(std::int64_t hidden, std::int64_t layers, std::int64_t heads, std::int64_t kv_heads,
                  std::int64_t head_dim, std::int64_t intermediate) {
  ModelConfig config;
  config.hidden = hidden;
  config.layers = layers;
  config.heads = heads;
  config.kv_heads = kv_heads;
  config.head_dim = head_dim;
  config.intermediate = intermediate;
  return config;
}
const ModelConfig llama_3b = shape(3072, 28, 24, 8, 128, 8192);

// Shared (rank 0: none) and private slots of five tasks.
AdapterPlan plan_of(std::int64_t shared, std::int64_t per_task, Combine combine = Combine::sum) {
  AdapterPlan plan;
  plan.tasks = 5;
  plan.combine = combine;
  if (shared > 0) plan.slots.push_back({"shared", shared, 2.0 * static_cast<double>(shared)});
  for (int t = 0; t < 5; ++t) {
    Route route{"task", {}};
    if (shared > 0) route.slots.push_back(0);
    if (per_task > 0) {
      route.slots.push_back(plan.slots.size());
      plan.slots.push_back({"private." + std::to_string(t), per_task, 2.0 * static_cast<double>(per_task)});
    }
    plan.routes.push_back(route);
  }
  return plan;
}

std::int64_t unit(const ModelConfig& config, const std::vector<std::string>& targets) {
  return count_parameters(plan_of(1, 0), linear_shapes(config, targets)).total;
}

// Figures of reference/models.md, D3 (computed there from the published configurations).
TEST(Parity, ParametersPerUnitRankOfTheSixModels) {
  const ModelConfig gemma = shape(2304, 26, 8, 4, 256, 9216);
  const ModelConfig phi3 = shape(3072, 32, 32, 32, 96, 8192);
  const ModelConfig llama_8b = shape(4096, 32, 32, 8, 128, 14336);  // Mistral and BioMistral have the same shape
  EXPECT_EQ(unit(gemma, attention_targets), 399360);
  EXPECT_EQ(unit(phi3, attention_targets), 786432);
  EXPECT_EQ(unit(llama_3b, attention_targets), 573440);
  EXPECT_EQ(unit(llama_8b, attention_targets), 851968);
  EXPECT_EQ(unit(gemma, all_targets), 1297920);
  EXPECT_EQ(unit(phi3, all_targets), 1867776);
  EXPECT_EQ(unit(llama_3b, all_targets), 1519616);
  EXPECT_EQ(unit(llama_8b, all_targets), 2621440);
  EXPECT_EQ(16 * unit(phi3, {"qkv_proj", "o_proj"}), 12582912);
}

// design.md, section 4: 36.5 M active each; totals 36.5, 182, 85, 85 M.
TEST(Parity, TheFourAblationsOnLlama3B) {
  const auto linears = linear_shapes(llama_3b, all_targets);
  std::vector<ParityMember> suite{{"A1_shared_only", plan_of(24, 0)},
                                  {"A2_private_only", plan_of(0, 24)},
                                  {"A3_shared_private_no_fusion", plan_of(16, 8)},
                                  {"A4_shared_private_fusion", plan_of(16, 8, Combine::attention)}};
  const ParityReport report = check_parity(suite, linears, {});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(report.rows[i].count.active, 36470784);
  EXPECT_EQ(report.rows[0].count.total, 36470784);
  EXPECT_EQ(report.rows[1].count.total, 182353920);
  EXPECT_EQ(report.rows[2].count.total, 85098496);
  // Fusion: per layer, queries of width 2 on inputs 3072 (q,k,v), 3072 (o), 3072 (gate,up), 8192 (down); K of width 2
  // on 16 + 8 active codes of 7 linears.
  EXPECT_EQ(report.rows[3].count.active, 36470784 + 28 * (2 * 17408 + 7 * 2 * 24));
  EXPECT_TRUE(report.within());
  EXPECT_NO_THROW(require_parity(report));
  EXPECT_EQ(report.target, report.rows[3].count.active);

  const ParityReport total = check_parity(suite, linears, {.count = "total"});
  EXPECT_FALSE(total.within());
  try {
    require_parity(total);
    FAIL() << "a suite outside its tolerance was let through";
  } catch (const InputError& error) {
    const std::string text = error.what();
    for (const char* count : {"36,470,784", "182,353,920", "85,098,496"}) {
      EXPECT_NE(text.find(count), std::string::npos) << count;
    }
  }
}

// S3b on Llama-3.2-3B: ranks 16 + 8 are active, 16 + 8 + 8 in all, at 1,519,616 a rank; rows of the second level also
// pass query and key of width 64 on 3,072 states, and the gate.
TEST(Parity, CrossLevelAttentionCounts) {
  const auto linears = linear_shapes(llama_3b, all_targets);
  AdapterPlan plan;
  plan.slots = {{"shared", 16, 32}, {"level1", 8, 16}, {"level2", 8, 16}};
  plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  const std::int64_t beside = cross_level_parameters(llama_3b.hidden);
  EXPECT_EQ(beside, 3072 * 64 + 3072 * 64 + 1);
  const ParameterCount count = count_parameters(plan, linears, beside);
  EXPECT_EQ(count.active, 24 * 1519616 + beside);
  EXPECT_EQ(count.total, 32 * 1519616 + beside);
  // Solving counts it too: 40 M in all leave 39.6 M for the slots.
  const AdapterPlan solved = solve_ranks(plan, linears, 40000000, false, 0.001, nullptr, beside);
  EXPECT_NEAR(static_cast<double>(count_parameters(solved, linears).total + beside), 40e6, 0.001 * 40e6);
  // A wider first level is the largest route without it.
  plan.slots[1].rank = 12;
  EXPECT_EQ(count_parameters(plan, linears, beside).active, 28 * 1519616);
}

// The worked case of D3: five private adapters alone meet 25 M with no integer rank; shared 6 + private 2 and shared 16
// do.
TEST(Parity, SolveFindsRanksWhereNoIntegerFits) {
  const auto linears = linear_shapes(llama_3b, all_targets);
  EXPECT_EQ(count_parameters(plan_of(0, 3), linears).total, 22794240);
  EXPECT_EQ(count_parameters(plan_of(0, 4), linears).total, 30392320);
  EXPECT_EQ(count_parameters(plan_of(6, 2), linears).total, 24313856);
  EXPECT_EQ(count_parameters(plan_of(16, 0), linears).total, 24313856);
  std::string change;
  const AdapterPlan solved = solve_ranks(plan_of(0, 8), linears, 25000000, false, 0.05, &change);
  EXPECT_NEAR(static_cast<double>(count_parameters(solved, linears).total), 25e6, 0.01 * 25e6);
  EXPECT_NE(change.find("private rank 8 -> 3, private rank 4 in"), std::string::npos) << change;
  for (const SlotSpec& slot : solved.slots) {
    EXPECT_FALSE(slot.rank_pattern.empty());
    EXPECT_EQ(slot.rank_pattern, solved.slots.front().rank_pattern);
    EXPECT_DOUBLE_EQ(slot.scale(), 2.0);
  }
}

TEST(Parity, SolveAcrossModelsAndShapes) {
  const std::vector<ModelConfig> models{shape(2304, 26, 8, 4, 256, 9216), llama_3b, shape(4096, 32, 32, 8, 128, 14336),
                                        shape(64, 2, 4, 2, 16, 128)};
  for (const ModelConfig& model : models) {
    for (const auto& targets : {attention_targets, all_targets}) {
      const auto linears = linear_shapes(model, targets);
      for (const bool active : {true, false}) {
        const std::int64_t target = count_parameters(plan_of(13, 0), linears).total;
        for (const auto& plan : {plan_of(24, 0), plan_of(0, 24), plan_of(16, 8), plan_of(16, 8, Combine::attention)}) {
          const ParameterCount count = count_parameters(solve_ranks(plan, linears, target, active, 0.05), linears);
          const double got = static_cast<double>(active ? count.active : count.total);
          EXPECT_LE(std::abs(got / static_cast<double>(target) - 1), 0.05) << model.hidden << ' ' << targets.size();
        }
      }
    }
  }
}

TEST(Parity, SolveKeepsWhatFitsAndRefusesTheImpossible) {
  const auto linears = linear_shapes(llama_3b, all_targets);
  std::string change;
  EXPECT_EQ(solve_ranks(plan_of(16, 0), linears, 24313856, false, 0.05, &change).slots.front().rank, 16);
  EXPECT_TRUE(change.empty());
  EXPECT_THROW(solve_ranks(plan_of(0, 8), linears, 1000000, false, 0.05), InputError);
}

}  // namespace
}  // namespace polyclinic
