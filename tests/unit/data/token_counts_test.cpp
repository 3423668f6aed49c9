#include "data/token_counts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace polyclinic {
namespace {

TEST(TokenCounts, AddUpByTaskAndInTotal) {
  TokenCounts counts({"ner", "relations"});
  counts.add(0, {.fed = 10, .loss_bearing = 8, .trunk = 10, .sequences = 1});
  counts.add(1, {.fed = 5, .loss_bearing = 1, .trunk = 10, .sequences = 1});
  counts.add(1, {.fed = 6, .loss_bearing = 1, .trunk = 12, .sequences = 1});
  EXPECT_EQ(counts.of(1), (TokenCount{11, 2, 22, 2}));
  EXPECT_EQ(counts.total(), (TokenCount{21, 10, 32, 3}));
}

TEST(TokenCounts, ComeBackFromJson) {
  TokenCounts counts({"ner", "relations"});
  counts.add(1, {.fed = 5, .loss_bearing = 1, .trunk = 10, .sequences = 1});
  const nlohmann::json saved = nlohmann::json::parse(counts.json().dump());
  EXPECT_EQ(saved["total"]["trunk"], 10);
  EXPECT_EQ(TokenCounts::from(saved, {"ner", "relations"}), counts);
  EXPECT_THROW(TokenCounts::from(saved, {"ner", "ranking"}), InputError);
  EXPECT_THROW(TokenCounts::from(saved, {"ner"}), InputError);
}

}  // namespace
}  // namespace polyclinic
