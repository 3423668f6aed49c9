#include "config/search_space.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"

namespace polyclinic {
namespace {

// The block of the study's document.
StudyConfig study(const std::string& type, std::size_t tasks) {
  StudyConfig out;
  out.model.short_name = "llama3b";
  out.model.lora.rank = 16;
  out.model.lora.alpha = 32;
  out.strategy.name = "S2_shared_mtl";
  out.strategy.type = type;
  out.strategy.adapter = {type == "multi_task", {}, type == "single_task", {}, {}};
  out.tasks.resize(tasks);
  SearchOptions search;
  search.learning_rate = {1e-5, 2e-5, 5e-5, 1e-4};
  search.lora_rank = {8, 16, 32};
  search.batch_size = {16, 32};
  search.epochs = {3, 5};
  search.warmup_ratio = {0.05, 0.1};
  search.sampling_strategy = {"proportional", "uniform", "temperature"};
  search.temperature = {1.0, 2.0, 5.0};
  search.loss_weighting = {"equal", "uncertainty"};
  search.full_models = {"llama3b"};
  out.hp_search = search;
  return out;
}

std::set<std::vector<std::string>> distinct(const std::vector<SearchPoint>& points) {
  std::set<std::vector<std::string>> out;
  for (const SearchPoint& point : points) out.insert(point.overrides());
  return out;
}

TEST(SearchSpace, CountsOfTheStudysLists) {
  const StudyConfig many = study("multi_task", 5);
  const SearchSpace space = search_space(many);
  EXPECT_EQ(space.written, 4 * 3 * 2 * 2 * 2 * 3 * 3 * 2);  // 1,728
  // Mixes that differ: proportional (as is temperature 1), uniform, temperature 2, temperature 5.
  EXPECT_EQ(space.grid.size(), 4 * 3 * 2 * 2 * 2 * 4 * 2);  // 768
  EXPECT_EQ(distinct(space.grid).size(), 768);
  EXPECT_TRUE(space.notes.empty());
  std::string note;
  EXPECT_EQ(search_points(many, space, &note).size(), 768);
  EXPECT_EQ(note, "768 of 768 configurations (1728 as written)");
}

TEST(SearchSpace, ASingleTaskHasNoMix) {
  const StudyConfig single = study("single_task", 1);
  const SearchSpace space = search_space(single);
  EXPECT_EQ(space.grid.size(), 4 * 3 * 2 * 2 * 2);  // 96
  ASSERT_EQ(space.notes.size(), 1);
  EXPECT_FALSE(space.grid.front().sampling);
}

TEST(SearchSpace, ProportionalUnsearchedKeepsTemperatureOne) {
  StudyConfig many = study("multi_task", 5);
  many.hp_search->sampling_strategy = {"uniform", "temperature"};
  EXPECT_EQ(search_space(many).grid.size(), 96 * (1 + 3) * 2);
}

TEST(SearchSpace, RanksOfTheStrategyItselfAreNotSearched) {
  StudyConfig flat = study("multi_task", 5);
  flat.strategy.adapter = {true, 16, true, 8, "attention"};
  EXPECT_EQ(search_space(flat).grid.size(), 768 / 3);
  EXPECT_EQ(search_space(flat).notes.size(), 1);
}

TEST(SearchSpace, OtherModelsGetFourConfigurations) {
  StudyConfig other = study("multi_task", 5);
  other.model.short_name = "gemma2b";
  std::string note;
  const std::vector<SearchPoint> points = search_points(other, search_space(other), &note);
  ASSERT_EQ(points.size(), 4);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(points[i].learning_rate, other.hp_search->learning_rate[i]);
    EXPECT_FALSE(points[i].epochs);  // as configured
  }
  EXPECT_NE(note.find("gemma2b is not among hp_search.full_models"), std::string::npos) << note;
  other.hp_search->reduced_search_configs = 7;
  EXPECT_EQ(distinct(search_points(other, search_space(other))).size(), 7);
  other.hp_search->reduced_search_configs = 2;
  EXPECT_EQ(search_points(other, search_space(other)).size(), 2);
}

TEST(SearchSpace, RandomIsASeededPartOfTheGrid) {
  StudyConfig many = study("multi_task", 5);
  many.hp_search->method = "random";
  many.hp_search->max_runs = 40;
  const SearchSpace space = search_space(many);
  const auto first = distinct(search_points(many, space));
  EXPECT_EQ(first.size(), 40);
  EXPECT_EQ(first, distinct(search_points(many, space)));
  const auto grid = distinct(space.grid);
  for (const auto& point : first) EXPECT_TRUE(grid.contains(point));
  many.seed.data = 2;
  EXPECT_NE(first, distinct(search_points(many, space)));
}

TEST(SearchSpace, OptionsWithoutEffectAreRefused) {
  StudyConfig many = study("multi_task", 5);
  many.hp_search->max_runs = 5;
  EXPECT_THROW(search_points(many, search_space(many)), InputError);  // on a grid
  many = study("multi_task", 5);
  many.hp_search->full_models = {"a", "b", "c", "d"};
  EXPECT_THROW(search_points(many, search_space(many)), InputError);
  many.hp_search->epochs = {3, 3};
  EXPECT_THROW(search_space(many), InputError);
  StudyConfig nothing = study("single_task", 1);
  nothing.hp_search = SearchOptions{};
  EXPECT_THROW(search_space(nothing), InputError);
}

TEST(SearchSpace, APointChangesTheStudy) {
  StudyConfig many = study("multi_task", 5);
  SearchPoint{2e-5, 8, 32, 3, 0.1, "uniform", {}, "equal"}.apply(many);
  EXPECT_EQ(many.train.learning_rate, 2e-5);
  EXPECT_EQ(many.model.lora.rank, 8);
  EXPECT_EQ(many.model.lora.alpha, 16);  // alpha / rank stays 2
  EXPECT_EQ(many.train.batch_size, 32);
  EXPECT_EQ(many.train.epochs, 3);
  EXPECT_EQ(many.train.warmup_ratio, 0.1);
  EXPECT_EQ(many.strategy.multitask.sampling, "uniform");
  EXPECT_EQ(many.strategy.multitask.loss_weighting, "equal");
}

}  // namespace
}  // namespace polyclinic
