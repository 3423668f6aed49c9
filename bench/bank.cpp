// Cost of many slots against a single one of the same active rank, and of gradient surgery. Run one variant against
// another in one process: bench_bank --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
//   BM_Bank/<variant>/<inputs>: one q,k,v linear (grouped-query: in + in / 2 rows), forward and backward, W included
//   BM_Surgery/<tasks>: Gram matrix, projection and combination for 2^22 shared parameters
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "adapter/adapter_set.h"
#include "core/random.h"
#include "strategy/gradient_surgery.h"

namespace polyclinic {
namespace {

enum Variant { single, shared_per_task, private_sorted, both_sorted, both_interleaved, both_surgery, fused_sorted };
constexpr int tasks = 5;

AdapterPlan plan_of(Variant variant) {
  AdapterPlan plan;
  plan.tasks = tasks;
  const bool one = variant == single || variant == shared_per_task;
  const bool both = !one && variant != private_sorted;
  if (variant == fused_sorted) plan.combine = Combine::attention;
  if (one) plan.slots.push_back({"shared", 24, 48, {}, variant == shared_per_task});
  if (both) plan.slots.push_back({"shared", 16, 32, {}, variant == both_surgery});
  for (std::size_t t = 0; t < tasks; ++t) {
    Route route{"task", {}};
    if (one || both) route.slots.push_back(0);
    if (!one) {
      route.slots.push_back(plan.slots.size());
      const std::int64_t rank = both ? 8 : 24;
      plan.slots.push_back({"private." + std::to_string(t), rank, 2.0 * static_cast<double>(rank)});
    }
    plan.routes.push_back(one ? Route{"all", {0}} : route);
  }
  return plan;
}

// 20 sequences of 48 tokens, sorted by task or one task after another.
PackTensors pack_of(Variant variant) {
  Pack pack;
  pack.sequence_starts = {0};
  for (int s = 0; s < 20; ++s) {
    const int task = variant == both_interleaved ? s % tasks : s / 4;
    for (int i = 0; i < 48; ++i) {
      pack.token_ids.push_back(0);
      pack.positions.push_back(i);
    }
    pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
    pack.sequence_task.push_back(task);
    pack.sequence_route.push_back(task);
    pack.sequence_index.push_back(s);
  }
  return to_device(pack, at::kCPU);
}

void BM_Bank(benchmark::State& state) {
  at::set_num_threads(1);
  const auto variant = static_cast<Variant>(state.range(0));
  const std::int64_t inputs = state.range(1), rows = inputs + inputs / 2;
  Projection projection(
      "model.layers.0.self_attn",
      {{"q_proj", 0, inputs}, {"k_proj", inputs, inputs + inputs / 4}, {"v_proj", inputs + inputs / 4, rows}},
      make_dense_weight(at::randn({rows, inputs}, at::kFloat)));
  ParameterStore store;
  const AdapterSet adapters = attach({&projection}, plan_of(variant), {"q_proj", "k_proj", "v_proj"}, store);
  store.allocate(tasks, at::kFloat);
  adapters.initialise(1);
  const PackTensors pack = pack_of(variant);
  const at::Tensor x = at::randn({pack.tokens(), inputs}, at::kFloat).set_requires_grad(true);
  const at::Tensor dy = at::ones({pack.tokens(), rows}, at::kFloat);
  adapters.prepare(pack);
  for (auto _ : state) {
    projection.forward(x, pack).backward(dy);
    x.mutable_grad() = at::Tensor();
  }
  state.SetItemsProcessed(state.iterations() * pack.tokens());
}
BENCHMARK(BM_Bank)->ArgsProduct({{single, shared_per_task, private_sorted, both_sorted, both_interleaved, both_surgery,
                                  fused_sorted},
                                 {192, 256, 1024, 4096}});

void BM_Surgery(benchmark::State& state) {
  at::set_num_threads(1);
  ParameterStore store;
  store.add("shared", {1 << 22}, "shared", true);
  store.allocate(state.range(0), at::kFloat);
  const at::Tensor gradients = store.task_gradients();
  gradients.copy_(at::randn(gradients.sizes(), at::kFloat));
  RandomStream order(1, 1);
  for (auto _ : state) store.combine_task_gradients(project_conflicts(gram_matrix(gradients), order).coefficients);
}
BENCHMARK(BM_Surgery)->Arg(2)->Arg(5);

}  // namespace
}  // namespace polyclinic

BENCHMARK_MAIN();
