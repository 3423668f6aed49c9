#include "strategy/suite.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "model/published_shapes.h"

namespace polyclinic {
namespace {

AblationVariant variant(std::optional<std::int64_t> shared, std::optional<std::int64_t> per_task) {
  AblationVariant out;
  out.shared_rank = shared;
  out.private_rank = per_task;
  return out;
}

// The block of the study's document.
AblationOptions study_block() {
  AblationOptions block;
  AblationVariant a1 = variant(24, {}), a2 = variant({}, 24), a3 = variant(16, 8), a4 = variant(16, 8);
  a1.private_adapter = false;
  a2.shared = false;
  a4.fusion = "attention";
  a1.trainable_params = a2.trainable_params = a3.trainable_params = a4.trainable_params = "~26M";
  block.variants = {{"A1_shared_only", a1},
                    {"A2_private_only", a2},
                    {"A3_shared_private_no_fusion", a3},
                    {"A4_shared_private_fusion", a4}};
  return block;
}

StrategyOptions base() {
  StrategyOptions out;
  out.name = "A4_shared_private_fusion";
  out.type = "multi_task";
  out.adapter = {true, 16, true, 8, "attention"};
  out.gradient.conflict_resolution = "pcgrad";
  return out;
}

const std::vector<StrategyTask> five_tasks{{"a", {1}}, {"b", {1}}, {"c", {1, 2}}, {"d", {2}}, {"e", {2}}};

TEST(Suite, VariantsBecomeStrategies) {
  const std::vector<SuiteVariant> suite = suite_of(study_block(), base());
  ASSERT_EQ(suite.size(), 4);
  EXPECT_EQ(suite[0].strategy.name, "A1_shared_only");
  EXPECT_TRUE(suite[0].strategy.adapter.shared);
  EXPECT_FALSE(suite[0].strategy.adapter.private_adapter);
  EXPECT_EQ(suite[0].strategy.gradient.conflict_resolution, "pcgrad");
  EXPECT_FALSE(suite[1].strategy.adapter.shared);
  EXPECT_EQ(suite[1].strategy.adapter.private_rank, 24);
  EXPECT_EQ(suite[1].strategy.gradient.conflict_resolution, "none");  // nothing is shared, so nothing conflicts
  EXPECT_FALSE(suite[2].strategy.adapter.fusion);
  EXPECT_EQ(suite[3].strategy.adapter.fusion, "attention");
}

TEST(Suite, ContradictionsAreRefused) {
  AblationOptions block;
  AblationVariant off = variant(8, {});
  off.shared = false;
  off.private_adapter = true;
  block.variants = {{"A1", off}};
  EXPECT_THROW(suite_of(block, base()), InputError);
  block.variants = {{"A1", AblationVariant{}}};
  EXPECT_THROW(suite_of(block, base()), InputError);
  AblationVariant odd = variant(8, {});
  odd.trainable_params = "about many";
  block.variants = {{"A1", odd}};
  EXPECT_THROW(suite_of(block, base()), InputError);
  EXPECT_THROW(suite_of(AblationOptions{}, base()), InputError);
}

TEST(Suite, StatedNumbers) {
  EXPECT_EQ(stated_parameters("~26M"), 26000000);
  EXPECT_EQ(stated_parameters("26.5M"), 26500000);
  EXPECT_EQ(stated_parameters("1.2B"), 1200000000);
  EXPECT_EQ(stated_parameters("12582912"), 12582912);
  for (const char* text : {"", "~", "M", "26 M", "-3M", "26Mi", "nan", "0"})
    EXPECT_FALSE(stated_parameters(text)) << text;
}

// design.md, section 4: on Llama-3.2-3B 36.5 M active each; totals 36.5, 182, 85, 85 M.
TEST(Suite, CountsOnLlama3B) {
  LoraOptions lora;
  lora.target_modules = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
  const auto linears = linear_shapes(*published_config("meta-llama/Llama-3.2-3B"), lora.target_modules);
  const CheckedSuite checked = check_suite(suite_of(study_block(), base()), lora, five_tasks, linears, {});
  ASSERT_EQ(checked.report.rows.size(), 4);
  for (std::size_t v = 0; v < 3; ++v) EXPECT_EQ(checked.report.rows[v].count.active, 36470784);
  EXPECT_EQ(checked.report.rows[0].count.total, 36470784);
  EXPECT_EQ(checked.report.rows[1].count.total, 182353920);
  EXPECT_EQ(checked.report.rows[2].count.total, 85098496);
  EXPECT_TRUE(checked.report.within());
  // 36,470,784 / 26,000,000 = 1.40272...
  EXPECT_NE(checked.report.table().find("stated ~26M: +40.3 % active, +601.4 % total"), std::string::npos)
      << checked.report.table();
}

// With totals that must agree, A1 to A3 get other ranks, and every module pattern keeps the scale alpha / rank.
TEST(Suite, SolvingMeetsATotalTarget) {
  LoraOptions lora;
  const ParityOptions options{"total", 0.05, true, 26000000};
  for (const std::string_view name : published_models()) {
    const auto linears = linear_shapes(*published_config(name), lora.target_modules);
    const CheckedSuite checked = check_suite(suite_of(study_block(), base()), lora, five_tasks, linears, options);
    EXPECT_TRUE(checked.report.within()) << name << '\n' << checked.report.table();
    for (const ParityMember& member : checked.members) {
      const double total = static_cast<double>(count_parameters(member.plan, linears).total);
      EXPECT_LE(std::abs(total / 26e6 - 1), 0.05) << name << ' ' << member.name;
      for (const SlotSpec& slot : member.plan.slots) EXPECT_DOUBLE_EQ(slot.scale(), 2.0);
    }
  }
}

}  // namespace
}  // namespace polyclinic
