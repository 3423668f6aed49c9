#include "train/train_step.h"

#include <ATen/ops/ones_like.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>
#ifdef POLYCLINIC_CUDA
#include <c10/cuda/CUDAFunctions.h>
#endif

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "unit/train/network_case.h"

namespace polyclinic {
namespace {

const std::vector<PartShape> flat = {{"one", {0}}, {"two", {0}}, {"three", {0}}};
const std::vector<PartShape> hierarchy = {{"entities", {0}}, {"relations", {0, 1}}};

StepOptions options_with(std::int64_t max_tokens, bool pcgrad = false) {
  StepOptions options;
  options.max_tokens = max_tokens;
  options.max_grad_norm = 0;  // unclipped
  options.pcgrad = pcgrad;
  return options;
}

// Gradients of one step that moves nothing.
StepResult step_once(Network& network, const StepOptions& options, const std::vector<PartSequence>& sequences,
                     LossScaler scaler = {}) {
  AdamW optimizer(network.store().values(), {}, {});
  return take_step(network, optimizer, scaler, options, sequences, 1, 0.0);
}

// Gradient of the mean loss of one part alone, by plain autograd over its own sequences, one pass each.
at::Tensor gradient_of_part(Network& network, std::size_t part, const std::vector<PartSequence>& sequences) {
  ParameterStore& store = network.store();
  store.zero_gradients();
  double units = 0;
  for (const PartSequence& item : sequences) units += item.part == part ? static_cast<double>(item.units()) : 0;
  for (const PartSequence& item : sequences) {
    if (item.part != part) continue;
    for (const PackTensors& pack : network.packs({item}, 4096)) {
      const PartBatch batch = network.batch(part, network.hidden(pack, std::nullopt), pack, {item});
      (network.parts()[part].head->loss(batch).sum / units).backward();
    }
  }
  if (store.per_task_count() > 0) store.sum_task_gradients();
  return store.gradients().clone();
}

double relative(const at::Tensor& a, const at::Tensor& b) { return ((a - b).norm() / b.norm()).item<double>(); }

double mean_losses(Network& network, const std::vector<PartSequence>& sequences) {
  const StepResult result = step_once(network, options_with(4096), sequences);
  double sum = 0;
  for (const LossTerm& term : result.terms) sum += term.mean();
  return sum;
}

TEST(TrainStep, IsTheSumOfSeparatePasses) {
  const Corpus corpus(3, 4);
  const auto sequences = corpus.step(4);
  for (const bool per_task : {false, true}) {
    const auto network = small_network(small_plan(3, per_task), flat);
    randomise(*network, 0);
    at::Tensor expected = gradient_of_part(*network, 0, sequences);
    std::vector<at::Tensor> apart = {expected};
    for (const std::size_t part : {1U, 2U}) {
      apart.push_back(gradient_of_part(*network, part, sequences));
      expected = expected + apart.back();
    }
    for (const std::int64_t max_tokens : {4096, 16}) {  // one pack, and many that accumulate
      const StepResult result = step_once(*network, options_with(max_tokens), sequences);
      EXPECT_EQ(result.packs > 1, max_tokens == 16);
      EXPECT_LT(relative(network->store().gradients(), expected), 1e-5);
      if (!per_task) continue;
      const std::int64_t shared = network->store().per_task_count();
      ASSERT_GT(shared, 0);
      for (std::int64_t t = 0; t < 3; ++t) {
        EXPECT_LT(
            relative(network->store().task_gradients()[t], apart[static_cast<std::size_t>(t)].narrow(0, 0, shared)),
            1e-5);
      }
    }
  }
}

// The published algorithm on explicit vectors, with two tasks: no order to choose.
TEST(TrainStep, ProjectsConflictsOverTheWholeStep) {
  const Corpus corpus(1, 4);
  std::vector<PartSequence> sequences;  // both tasks want the same numbers of the same sequences
  for (const PartSequence& item : corpus.step(4)) {
    sequences.push_back(item);
    sequences.push_back({1, item.encoded, 0});
  }
  const auto network = small_network(small_plan(2, true), {{"one", {0}}, {"two", {0}}});
  randomise(*network, 0);
  // Small heads, half opposite: the two tasks pull apart.
  ParameterStore& store = network->store();
  const at::Tensor one = store.value(store.find("head.one.weight")), two = store.value(store.find("head.two.weight"));
  two.copy_((two - one) * 0.02);
  one.mul_(0.02);
  const std::int64_t shared = store.per_task_count();
  const at::Tensor a = gradient_of_part(*network, 0, sequences).narrow(0, 0, shared);
  const at::Tensor b = gradient_of_part(*network, 1, sequences).narrow(0, 0, shared);
  const double dot = a.dot(b).item<double>();
  ASSERT_LT(dot, 0);
  const at::Tensor expected = a - b * (dot / b.dot(b).item<double>()) + b - a * (dot / a.dot(a).item<double>());
  const StepResult result = step_once(*network, options_with(16, true), sequences);
  EXPECT_GT(result.packs, 1);
  EXPECT_EQ(result.conflicts.conflicts, 1);
  EXPECT_LT(relative(store.gradients().narrow(0, 0, shared), expected), 1e-4);
}

TEST(TrainStep, LossScalingChangesNothingButAnOverflowSkips) {
  const Corpus corpus(2, 3);
  const auto sequences = corpus.step(3);
  const auto network = small_network(small_plan(2, true), {{"one", {0}}, {"two", {0}}});
  randomise(*network, 0);
  step_once(*network, options_with(16, true), sequences);
  const at::Tensor plain = network->store().gradients().clone();
  step_once(*network, options_with(16, true), sequences, LossScaler({1024, 2000, 100}));
  EXPECT_LT(relative(network->store().gradients(), plain), 1e-5);

  AdamW optimizer(network->store().values(), {}, {});
  LossScaler scaler({1024, 2000, 100});
  network->store().value(network->store().find("head.one.weight"))[0][0] = std::numeric_limits<float>::infinity();
  const at::Tensor before = network->store().values().narrow(0, 0, network->store().per_task_count()).clone();
  const StepResult result = take_step(*network, optimizer, scaler, options_with(16, true), sequences, 1, 0.1);
  EXPECT_FALSE(result.taken);
  EXPECT_EQ(scaler.scale(), 512);
  EXPECT_EQ(optimizer.steps(), 0);
  EXPECT_TRUE(at::equal(before, network->store().values().narrow(0, 0, before.numel())));
}

// Steps with all that a strategy may ask of them.
struct FullStep {
  Corpus corpus{3, 4};
  std::unique_ptr<Network> network = small_network(small_plan(3, true), flat, false, true);
  AdamW optimizer{network->store().values(), {}, {}};
  LossScaler scaler{{1024, 2000, 100}};
  ElasticWeights elastic{10};
  StepOptions options = options_with(24, true);

  FullStep() {
    randomise(*network, 0);
    options.weighting = Weighting::uncertainty;
    options.max_grad_norm = 1;
    elastic.consolidate(at::ones_like(network->store().values()), network->store().values());
    options.elastic = &elastic;
  }
  QueuedStep queue(std::int64_t step) {
    return queue_step(*network, optimizer, scaler, options, corpus.step(4), step, 0.1);
  }
  // A gradient beyond all numbers, without an end: the head's weights are too large.
  void overflow(bool on) { network->store().value(network->store().find("head.one.weight")).fill_(on ? 1e30 : 0.1); }
};

int host_reads = 0;

// Counts the operations by which the host learns a number of the device, and so waits for it. The CPU's AdamW reads its
// own count of steps, once a call.
std::unique_ptr<at::ObserverContext> count_host_reads(const at::RecordFunction& call) {
  for (const char* name : {"aten::item", "aten::is_nonzero", "aten::nonzero", "aten::equal", "aten::masked_select"}) {
    host_reads += std::string(call.name()) == name;
  }
  host_reads -= test_device().is_cpu() && std::string(call.name()) == "aten::_fused_adamw_";
  return nullptr;
}

TEST(TrainStep, NothingIsReadBackWhileAStepIsQueued) {
  FullStep run;
  run.queue(1).read(run.scaler);  // what is made once
  const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(count_host_reads));
  host_reads = 0;
  run.network->store().values().sum().item<double>();
  EXPECT_EQ(host_reads, 1);
  host_reads = 0;
#ifdef POLYCLINIC_CUDA
  c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR);
#endif
  QueuedStep queued = run.queue(2);
#ifdef POLYCLINIC_CUDA
  c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
#endif
  EXPECT_EQ(host_reads, 0);
  at::removeCallback(handle);
  const StepResult result = queued.read(run.scaler);
  EXPECT_TRUE(result.taken);
  EXPECT_GT(result.elastic_penalty, 0);
  EXPECT_EQ(result.conflicts.pairs, 3);
}

// The device skips an overflow and lowers the scale by itself: the next step may be queued before the host knows.
TEST(TrainStep, ReadLateItIsTheSameStep) {
  FullStep at_once, late;
  at_once.overflow(true);
  late.overflow(true);
  const StepResult first = at_once.queue(1).read(at_once.scaler);
  EXPECT_FALSE(first.taken);
  EXPECT_EQ(at_once.scaler.scale(), 512);
  at_once.overflow(false);
  const StepResult second = at_once.queue(2).read(at_once.scaler);
  EXPECT_TRUE(second.taken);

  QueuedStep one = late.queue(1);
  late.overflow(false);
  QueuedStep two = late.queue(2);
  EXPECT_EQ(late.scaler.scale(), 1024);
  EXPECT_FALSE(one.read(late.scaler).taken);
  EXPECT_EQ(two.read(late.scaler).loss, second.loss);
  EXPECT_TRUE(at::equal(late.network->store().values(), at_once.network->store().values()));
  EXPECT_EQ(late.scaler.state(), at_once.scaler.state());
  EXPECT_EQ(late.optimizer.steps(), 1);
}

// Directional derivatives of a step with two streams, along each group of parameters. The level-1 slot is reached
// through the first stream alone: only relations are fed.
class SecondStream : public testing::TestWithParam<bool> {};

TEST_P(SecondStream, GradientIsTheDerivative) {
  const bool detach = GetParam();
  const Corpus corpus(2, 4);
  std::vector<PartSequence> sequences;
  for (const PartSequence& item : corpus.step(4)) {
    if (item.part == 1) sequences.push_back(item);
  }
  const auto network = small_network(small_plan(2, false), hierarchy, detach);
  randomise(*network, 0.7);
  ParameterStore& store = network->store();
  step_once(*network, options_with(4096), sequences);
  const at::Tensor gradient = store.gradients().clone();
  for (const char* group : {"level1", "level2", "cross_level"}) {
    for (const auto& [begin, end] : store.ranges(group)) {
      const at::Tensor own = gradient.slice(0, begin, end);
      if (detach && std::string(group) == "level1") {
        EXPECT_EQ(own.abs().max().item<double>(), 0.0);
        continue;
      }
      const at::Tensor direction = own / own.norm();  // along the gradient the derivative is its norm
      const double epsilon = 2e-3;
      at::Tensor values = store.values().slice(0, begin, end);
      values.add_(direction, epsilon);
      store.touch();
      const double above = mean_losses(*network, sequences);
      values.add_(direction, -2 * epsilon);
      store.touch();
      const double below = mean_losses(*network, sequences);
      values.add_(direction, epsilon);
      store.touch();
      const double norm = own.norm().item<double>();
      EXPECT_NEAR((above - below) / (2 * epsilon), norm, 0.01 * norm + 1e-4) << group;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Detach, SecondStream, testing::Bool());

TEST(TrainStep, ElasticPenaltyPullsToTheAnchor) {
  const Corpus corpus(1, 3);
  const auto network = small_network(small_plan(1, false), {{"one", {0}}});
  randomise(*network, 0);
  ParameterStore& store = network->store();
  StepOptions options = options_with(4096);
  step_once(*network, options, corpus.step(3));
  const at::Tensor plain = store.gradients().clone();
  ElasticWeights elastic(0.5);
  const at::Tensor fisher = at::ones_like(store.values()) * 2.0, anchor = store.values() - 0.25;
  elastic.consolidate(fisher, anchor);
  options.elastic = &elastic;
  const StepResult result = step_once(*network, options, corpus.step(3));
  // lambda F (theta - anchor) = 0.5 * 2 * 0.25, and lambda / 2 F (theta - anchor)^2 = 0.03125 a parameter
  EXPECT_LT((store.gradients() - plain - 0.25).abs().max().item<double>(), 1e-5);
  EXPECT_NEAR(result.elastic_penalty, 0.03125 * static_cast<double>(store.count()), 1e-2);
}

}  // namespace
}  // namespace polyclinic
