#include "train/early_stopping.h"

#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace polyclinic {
namespace {

TEST(EarlyStopping, StopsAfterPatienceScoresWithoutGain) {
  EarlyStopping stopping(2);
  EXPECT_TRUE(stopping.note(0.5, 10));
  EXPECT_FALSE(stopping.note(0.5, 20));
  EXPECT_FALSE(stopping.stop());
  EXPECT_TRUE(stopping.note(0.6, 30));
  EXPECT_FALSE(stopping.note(0.1, 40));
  EXPECT_FALSE(stopping.note(0.2, 50));
  EXPECT_TRUE(stopping.stop());
  EXPECT_EQ(stopping.best_step(), 30);
  EXPECT_EQ(stopping.best(), 0.6);
}

TEST(EarlyStopping, NanIsNeverTheBest) {
  EarlyStopping stopping(1);
  EXPECT_FALSE(stopping.note(std::nan(""), 1));
  EXPECT_TRUE(stopping.stop());
}

TEST(EarlyStopping, PatienceSurvivesARestart) {
  EarlyStopping before(2), after(2);
  before.note(0.5, 10);
  before.note(0.4, 20);
  after.restore(nlohmann::json::parse(before.state().dump()));
  EXPECT_FALSE(after.note(0.45, 30));
  EXPECT_TRUE(after.stop());
  EXPECT_EQ(after.best_step(), 10);
}

}  // namespace
}  // namespace polyclinic
