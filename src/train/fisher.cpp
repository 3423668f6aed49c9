#include "train/fisher.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "strategy/elastic_weights.h"

namespace polyclinic {
namespace {

constexpr std::uint64_t sample_stream = 0x666973686572;

at::Tensor adapter_mask(const Network& network) {
  at::Tensor mask = at::zeros_like(network.store().values());
  for (const SlotSpec& slot : network.adapters().plan().slots) {
    for (const auto& [begin, end] : network.store().ranges(slot.name)) mask.slice(0, begin, end).fill_(1);
  }
  return mask;
}

}  // namespace

std::vector<PartSequence> fisher_sample(const std::vector<std::vector<PartSequence>>& training, std::int64_t samples,
                                        std::uint64_t seed) {
  std::vector<PartSequence> all;
  for (const auto& part : training) all.insert(all.end(), part.begin(), part.end());
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream(seed, sample_stream).shuffle(order);
  order.resize(std::min(order.size(), static_cast<std::size_t>(samples)));
  std::vector<PartSequence> chosen;
  for (const std::size_t i : order) chosen.push_back(all[i]);
  return chosen;
}

at::Tensor adapter_fisher(Network& network, const std::vector<PartSequence>& sequences, std::int64_t max_tokens) {
  ParameterStore& store = network.store();
  FisherDiagonal fisher;
  for (const PartSequence& item : sequences) {
    std::vector<PartSequence> alone = {item};
    if (item.list) alone.insert(alone.end(), item.list->begin(), item.list->end());
    std::int64_t units = 0, tokens = 0;
    for (const PartSequence& one : alone) {
      units += one.units();
      tokens += network.trunk_tokens(one);
    }
    if (units == 0) continue;
    store.zero_gradients();
    for (const PackTensors& pack : network.packs(alone, std::max(max_tokens, tokens))) {
      const PartBatch batch = network.batch(item.part, network.hidden(pack, std::nullopt), pack, alone);
      network.parts()[item.part].head->loss(batch).sum.backward();
    }
    if (store.per_task_count() > 0) store.sum_task_gradients();
    fisher.add(store.gradients() * (1 / std::sqrt(static_cast<double>(units))));
  }
  store.zero_gradients();
  return fisher.mean() * adapter_mask(network);
}

}  // namespace polyclinic
