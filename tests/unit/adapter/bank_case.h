#pragma once
// One merged linear with random numbers in every slot, and packs over it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <memory>
#include <string>
#include <vector>

#include "adapter/adapter_set.h"
#include "core/random.h"
#include "support/test_device.h"

namespace polyclinic {

inline at::Tensor random_tensor(std::vector<std::int64_t> shape, RandomStream& stream,
                                at::ScalarType type = at::kDouble) {
  at::Tensor out = at::empty(shape, at::kDouble);
  for (std::int64_t i = 0; i < out.numel(); ++i) out.data_ptr<double>()[i] = stream.normal();
  return out.to(type).to(test_device());
}

struct SequenceShape {
  int length, task, route;
};

inline PackTensors make_pack(const std::vector<SequenceShape>& sequences) {
  Pack pack;
  pack.sequence_starts.push_back(0);
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    for (int i = 0; i < sequences[s].length; ++i) {
      pack.token_ids.push_back(1);
      pack.positions.push_back(i);
    }
    pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
    pack.sequence_task.push_back(sequences[s].task);
    pack.sequence_route.push_back(sequences[s].route);
    pack.sequence_index.push_back(static_cast<std::int64_t>(s));
  }
  return to_device(pack, test_device());
}

// q, k, v merged ([12 + 4 + 6, inputs]).
class BankCase {
 public:
  static constexpr std::int64_t inputs = 10, outputs = 22;
  BankCase(AdapterPlan plan, std::uint64_t seed, at::ScalarType type = at::kDouble,
           const std::vector<std::string>& targets = {"q_proj", "k_proj", "v_proj"})
      : stream(seed, 0),
        weight(random_tensor({outputs, inputs}, stream, type)),
        projection("model.layers.0.self_attn", {{"q_proj", 0, 12}, {"k_proj", 12, 16}, {"v_proj", 16, 22}},
                   make_dense_weight(weight)),
        adapters(attach({&projection}, plan, targets, store)) {
    store.allocate(plan.tasks, at::TensorOptions(type).device(test_device()));
    const at::Tensor values = store.values();
    values.copy_(random_tensor({store.count()}, stream, type));
  }

  RandomStream stream;
  at::Tensor weight;
  Projection projection;
  ParameterStore store;
  AdapterSet adapters;
};

inline AdapterPlan shared_private_plan(std::int64_t tasks, Combine combine = Combine::sum, bool per_task = true) {
  AdapterPlan plan;
  plan.tasks = tasks;
  plan.combine = combine;
  plan.slots.push_back({"shared", 4, 8, {{"k_proj", 3}}, per_task});
  for (std::int64_t t = 0; t < tasks; ++t) {
    plan.slots.push_back({"private." + std::to_string(t), 2, 3, {}, false});
    plan.routes.push_back({"task " + std::to_string(t), {0, static_cast<std::size_t>(t + 1)}});
  }
  return plan;
}

}  // namespace polyclinic
