// Against torch.optim.AdamW, clip_grad_norm_ and HF get_scheduler: tests/parity/train/make_optimizer_reference.py.
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "train/adamw.h"
#include "train/schedule.h"

namespace polyclinic {
namespace {

nlohmann::json reference() {
  return nlohmann::json::parse(read_file(std::string(POLYCLINIC_SOURCE_DIR) + "/tests/parity/train/optimizer.json"));
}

at::Tensor tensor(const nlohmann::json& values) { return at::tensor(values.get<std::vector<float>>()); }

void expect_near(const at::Tensor& actual, const nlohmann::json& expected, double tolerance) {
  const auto values = expected.get<std::vector<double>>();
  ASSERT_EQ(static_cast<std::size_t>(actual.numel()), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(actual[static_cast<std::int64_t>(i)].item<double>(), values[i], tolerance) << i;
  }
}

TEST(Schedule, EqualsHuggingFace) {
  for (const nlohmann::json& item : reference()["schedules"]) {
    const Schedule schedule{schedule_kind(item["kind"]), item["warmup"], item["total"]};
    std::int64_t step = 0;
    for (const nlohmann::json& factor : item["factors"]) {
      EXPECT_NEAR(schedule.factor(step), factor.get<double>(), 1e-12) << item["kind"] << " " << step;
      ++step;
    }
  }
}

TEST(Schedule, UnknownNameIsRefused) { EXPECT_THROW(schedule_kind("sine"), InputError); }

TEST(Schedule, WarmupRoundsUp) {
  EXPECT_EQ(warmup_steps(0.05, 101), 6);
  EXPECT_EQ(warmup_steps(0, 101), 0);
}

// The form that a CUDA graph holds: clipping, rate and count on the device, nothing read back.
TEST(AdamW, OnTheDeviceEqualsTorchToo) {
  for (const nlohmann::json& item : reference()["adamw"]) {
    AdamWOptions options{0.9, 0.98, 1e-6, item["decay"].get<double>()};
    at::Tensor parameters = tensor(item["start"]);
    AdamW optimizer(parameters, {{11, 16}}, options);
    const at::Tensor rate = at::tensor(1e-2F);
    for (std::size_t step = 0; step < item["gradients"].size(); ++step) {
      at::Tensor bad = tensor(item["gradients"][step]);
      bad[3].fill_(std::numeric_limits<float>::infinity());
      EXPECT_FALSE(std::isfinite(optimizer.step_on_device(bad, rate, 2.0).item<double>()));  // changes nothing
      const at::Tensor norm = optimizer.step_on_device(tensor(item["gradients"][step]), rate, 2.0);
      EXPECT_NEAR(norm.item<double>(), item["norms"][step].get<double>(), 1e-5);
    }
    EXPECT_EQ(optimizer.steps(), static_cast<std::int64_t>(item["gradients"].size()));
    expect_near(parameters, item["end"], 1e-6);
  }
}

TEST(AdamW, EqualsTorchWithClippingAndDecayGroups) {
  for (const nlohmann::json& item : reference()["adamw"]) {
    AdamWOptions options{0.9, 0.98, 1e-6, item["decay"].get<double>()};
    at::Tensor parameters = tensor(item["start"]);
    AdamW optimizer(parameters, {{11, 16}}, options);
    for (std::size_t step = 0; step < item["gradients"].size(); ++step) {
      at::Tensor gradients = tensor(item["gradients"][step]);
      EXPECT_NEAR(clip_gradients(gradients, 2.0).item<double>(), item["norms"][step].get<double>(), 1e-5);
      optimizer.step(gradients, 1e-2);
    }
    expect_near(parameters, item["end"], 1e-6);
  }
}

TEST(AdamW, RestoredStateGoesOnBitIdentically) {
  const nlohmann::json item = reference()["adamw"][1];
  at::Tensor whole = tensor(item["start"]), resumed = tensor(item["start"]);
  AdamW optimizer(whole, {}, {});
  optimizer.step(tensor(item["gradients"][0]), 1e-2);
  resumed.copy_(whole);
  AdamW second(resumed, {}, {});
  second.restore(optimizer.first_moment(), optimizer.second_moment(), optimizer.steps());
  for (std::size_t step = 1; step < 4; ++step) {
    optimizer.step(tensor(item["gradients"][step]), 1e-2);
    second.step(tensor(item["gradients"][step]), 1e-2);
  }
  EXPECT_TRUE(whole.equal(resumed));
}

}  // namespace
}  // namespace polyclinic
