#include "train/network.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/concat.h"
#include "core/name_hash.h"
#include "core/random.h"
#include "data/packer.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

// The sequences of a pack that stand there twice: rows of the first stream and of the last.
std::vector<StreamPair> stream_pairs(const Pack& pack, const std::vector<Part>& parts) {
  std::map<std::int64_t, StreamPair> pairs;
  for (std::size_t s = 0; s < pack.sequence_task.size(); ++s) {
    const std::vector<std::int32_t>& streams = parts[static_cast<std::size_t>(pack.sequence_task[s])].streams;
    if (streams.size() < 2) continue;
    StreamPair& pair = pairs[pack.sequence_index[s]];
    (pack.sequence_route[s] == streams.back() ? pair.b_begin : pair.a_begin) = pack.sequence_starts[s];
    pair.length = pack.sequence_starts[s + 1] - pack.sequence_starts[s];
  }
  std::vector<StreamPair> out;
  for (const auto& [index, pair] : pairs) out.push_back(pair);
  return out;
}

}  // namespace

std::int64_t PartSequence::drawn_tokens() const {
  std::int64_t count = fed();
  for (std::size_t i = 0; list && i < list->size(); ++i) count += (*list)[i].fed();
  return count;
}

Network::Network(Trunk trunk, const AdapterPlan& plan, std::vector<Part> parts, const NetworkOptions& options)
    : trunk_(std::move(trunk)), parts_(std::move(parts)), detach_level1_(options.detach_level1) {
  adapters_.emplace(attach(trunk_.projections(), plan, options.targets, store_));
  const bool second_streams =
      std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.streams.size() > 1; });
  if (second_streams) cross_level_.emplace(store_, trunk_.config().hidden);
  for (const Part& part : parts_) {
    std::vector<std::size_t> indices;
    std::vector<double> deviations;
    for (const HeadParameter& parameter : part.head->parameters()) {
      indices.push_back(store_.add(concat("head.", part.name, ".", parameter.name), parameter.shape,
                                   concat("head.", part.name), false, parameter.shape.size() > 1));
      deviations.push_back(parameter.deviation);
    }
    head_parameters_.push_back(std::move(indices));
    deviations_.push_back(std::move(deviations));
  }
  if (options.uncertainty) {
    log_variances_ =
        store_.add("weighting.log_variances", {static_cast<std::int64_t>(parts_.size())}, "weighting", false, false);
  }
  store_.allocate(static_cast<std::int64_t>(parts_.size()),
                  at::TensorOptions(at::kFloat).device(trunk_.options().device));
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    std::vector<at::Tensor> leaves;
    for (const std::size_t index : head_parameters_[p]) leaves.push_back(store_.leaf(index));
    parts_[p].head->bind(std::move(leaves));
  }
}

void Network::initialise(std::uint64_t seed) {
  adapters_->initialise(seed);
  if (cross_level_) cross_level_->initialise(seed);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    for (std::size_t i = 0; i < head_parameters_[p].size(); ++i) {
      const ParameterInfo& info = store_.parameters()[head_parameters_[p][i]];
      RandomStream random(seed, name_hash(info.name));
      std::vector<float> values(static_cast<std::size_t>(info.count), 0.0F);
      if (deviations_[p][i] > 0) {
        for (float& value : values) value = static_cast<float>(deviations_[p][i] * random.normal());
      }
      store_.value(head_parameters_[p][i]).copy_(at::tensor(values).view(info.shape));
    }
  }
}

std::vector<PackTensors> Network::packs(const std::vector<PartSequence>& sequences, std::int64_t max_tokens) const {
  RoutesOfTask routes;
  for (const Part& part : parts_) routes.push_back(part.streams);
  std::vector<Sequence> step;
  step.reserve(sequences.size());
  for (const PartSequence& item : sequences) {
    step.push_back(item.tokens());
    step.back().task = static_cast<std::int32_t>(item.part);
  }
  std::vector<PackTensors> packs;
  for (const Pack& pack : pack_step(step, max_tokens, routes)) {
    packs.push_back(to_device(grouped(pack), trunk_.options().device));
  }
  return packs;
}

at::Tensor Network::hidden(const PackTensors& pack, std::optional<DropoutKey> dropout) const {
  adapters_->prepare(pack, dropout);
  const at::Tensor hidden = trunk_.forward(pack).to(at::kFloat);
  return cross_level_ ? cross_level_->forward(hidden, stream_pairs(pack.host, parts_), detach_level1_) : hidden;
}

PartBatch Network::batch(std::size_t part, const at::Tensor& hidden, const PackTensors& pack,
                         const std::vector<PartSequence>& sequences) const {
  PartBatch batch;
  std::vector<std::int64_t> rows;
  for (std::int64_t s = 0; s < pack.host.sequences(); ++s) {
    const auto at = static_cast<std::size_t>(s);
    const auto index = static_cast<std::size_t>(pack.host.sequence_index[at]);
    const PartSequence& item = sequences[index];
    if (item.part != part || pack.host.sequence_route[at] != parts_[part].streams.back()) continue;
    batch.items.push_back(index);
    const std::int64_t begin = static_cast<std::int64_t>(rows.size());
    for (std::int32_t r = pack.host.sequence_starts[at]; r < pack.host.sequence_starts[at + 1]; ++r) rows.push_back(r);
    batch.rows.push_back({item.encoded, item.sequence, begin, static_cast<std::int64_t>(rows.size())});
  }
  if (static_cast<std::int64_t>(rows.size()) == pack.tokens()) {
    batch.hidden = hidden;
  } else {
    batch.hidden = at::index_select(hidden, 0, upload(at::tensor(rows), hidden.device()));
  }
  return batch;
}

std::int64_t Network::trunk_tokens(const PartSequence& item) const {
  return item.fed() * static_cast<std::int64_t>(parts_[item.part].streams.size());
}

std::int64_t Network::cross_level_parameters() const {
  std::int64_t count = 0;
  for (const auto& [begin, end] : store_.ranges("cross_level")) count += end - begin;
  return count;
}

std::int64_t Network::active_parameters() const {
  std::int64_t active = 0;
  const std::size_t routes = adapters_->plan().routes.size();
  for (std::size_t route = 0; route < routes; ++route) {
    const std::int64_t beside = route + 1 == routes ? cross_level_parameters() : 0;
    active = std::max(active, adapters_->active_parameters(route) + beside);
  }
  return active;
}

std::int64_t Network::head_parameters() const {
  std::int64_t count = 0;
  for (const std::vector<std::size_t>& indices : head_parameters_) {
    for (const std::size_t index : indices) count += store_.parameters()[index].count;
  }
  return count;
}

}  // namespace polyclinic
