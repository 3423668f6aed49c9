#include "train/network.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <functional>

#include "core/concat.h"
#include "core/random.h"
#include "data/packer.h"

namespace polyclinic {
namespace {

std::uint64_t name_number(const std::string& name) {  // FNV-1a: the same on every machine
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace

Network::Network(Trunk trunk, const AdapterPlan& plan, const std::vector<std::string>& targets, std::vector<Part> parts,
                 bool uncertainty)
    : trunk_(std::move(trunk)), parts_(std::move(parts)) {
  adapters_.emplace(attach(trunk_.projections(), plan, targets, store_));
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
  if (uncertainty) {
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
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    for (std::size_t i = 0; i < head_parameters_[p].size(); ++i) {
      const ParameterInfo& info = store_.parameters()[head_parameters_[p][i]];
      RandomStream random(seed, name_number(info.name));
      std::vector<float> values(static_cast<std::size_t>(info.count), 0.0F);
      if (deviations_[p][i] > 0) {
        for (float& value : values) value = static_cast<float>(deviations_[p][i] * random.normal());
      }
      store_.value(head_parameters_[p][i]).copy_(at::tensor(values).view(info.shape));
    }
  }
}

std::vector<PackTensors> Network::packs(const std::vector<PartSequence>& sequences, std::int64_t max_tokens) const {
  std::vector<Sequence> step;
  step.reserve(sequences.size());
  for (const PartSequence& item : sequences) {
    step.push_back(item.tokens());
    step.back().task = static_cast<std::int32_t>(item.part);
    step.back().route = parts_[item.part].route;
  }
  std::vector<PackTensors> packs;
  for (const Pack& pack : pack_step(step, max_tokens)) packs.push_back(to_device(pack, trunk_.options().device));
  return packs;
}

at::Tensor Network::hidden(const PackTensors& pack, std::optional<DropoutKey> dropout) const {
  adapters_->prepare(pack, dropout);
  return trunk_.forward(pack).to(at::kFloat);
}

HeadBatch Network::batch(std::size_t part, const at::Tensor& hidden, const PackTensors& pack,
                         const std::vector<PartSequence>& sequences) const {
  HeadBatch batch;
  std::vector<std::int64_t> rows;
  for (std::int64_t s = 0; s < pack.host.sequences(); ++s) {
    const auto at = static_cast<std::size_t>(s);
    const PartSequence& item = sequences[static_cast<std::size_t>(pack.host.sequence_index[at])];
    if (item.part != part) continue;
    const std::int64_t begin = static_cast<std::int64_t>(rows.size());
    for (std::int32_t r = pack.host.sequence_starts[at]; r < pack.host.sequence_starts[at + 1]; ++r) rows.push_back(r);
    batch.rows.push_back({item.encoded, item.sequence, begin, static_cast<std::int64_t>(rows.size())});
  }
  if (static_cast<std::int64_t>(rows.size()) == pack.tokens()) {
    batch.hidden = hidden;
  } else {
    batch.hidden = at::index_select(hidden, 0, at::tensor(rows).to(hidden.device()));
  }
  return batch;
}

std::int64_t Network::head_parameters() const {
  std::int64_t count = 0;
  for (const std::vector<std::size_t>& indices : head_parameters_) {
    for (const std::size_t index : indices) count += store_.parameters()[index].count;
  }
  return count;
}

}  // namespace polyclinic
