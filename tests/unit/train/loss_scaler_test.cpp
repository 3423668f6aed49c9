#include "train/loss_scaler.h"

#include <ATen/ops/scalar_tensor.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"

namespace polyclinic {
namespace {

TEST(LossScaler, HalvesOnOverflowAndDoublesAfterTheInterval) {
  LossScaler scaler({8, 3, 5});
  EXPECT_FALSE(scaler.update(false, 1));
  EXPECT_EQ(scaler.scale(), 4);
  for (int step = 2; step < 5; ++step) EXPECT_TRUE(scaler.update(true, step));
  EXPECT_EQ(scaler.scale(), 8);
  EXPECT_EQ(scaler.skipped(), 1);
}

TEST(LossScaler, GivesUpWhenEveryStepIsSkipped) {
  LossScaler scaler({8, 3, 3});
  scaler.update(false, 1);
  scaler.update(false, 2);
  EXPECT_THROW(scaler.update(false, 3), FailedError);
}

TEST(LossScaler, OffMeansThatAnOverflowIsAnError) {
  LossScaler scaler;
  EXPECT_EQ(scaler.scale(), 1);
  EXPECT_TRUE(scaler.update(true, 1));
  EXPECT_THROW(scaler.update(false, 2), FailedError);
}

TEST(LossScaler, TheDevicesScaleMovesByTheSameRule) {
  LossScaler scaler({64, 3, 100});
  RandomStream random(1, 1);
  for (std::int64_t step = 1; step <= 200; ++step) {
    EXPECT_EQ(scaler.device_scale(at::kCPU).item<double>(), scaler.scale()) << step;
    const bool finite = random.uniform() < 0.7;
    scaler.queue_update(at::scalar_tensor(finite ? 0.0 : 1.0));
    scaler.update(finite, step);
    if (step != 100) continue;
    LossScaler restored({64, 3, 100});
    restored.restore(scaler.state());
    scaler = restored;
  }
}

TEST(LossScaler, StateSurvivesARestart) {
  LossScaler before({8, 3, 5}), after({8, 3, 5});
  before.update(false, 1);
  before.update(true, 2);
  before.update(true, 3);
  after.restore(nlohmann::json::parse(before.state().dump()));
  EXPECT_TRUE(after.update(true, 4));
  EXPECT_EQ(after.scale(), 8);
  EXPECT_EQ(after.skipped(), 1);
}

}  // namespace
}  // namespace polyclinic
