#include "adapter/adapter_set.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

#include "adapter/linear_shape.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/name_hash.h"
#include "core/number_format.h"
#include "core/random.h"

namespace polyclinic {
namespace {

// "model.layers.3.self_attn" -> "self_attn".
std::string last_name(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// In every block of the kind ("self_attn") that has the target somewhere.
void check_targets(const std::vector<Projection*>& projections, const std::vector<std::string>& targets) {
  std::set<std::string> names;
  std::map<std::string, std::map<std::string, std::set<std::string>>> having;  // kind -> target -> paths
  std::map<std::string, std::set<std::string>> paths;                          // kind -> paths
  for (const Projection* projection : projections) {
    const std::string kind = last_name(projection->path());
    paths[kind].insert(projection->path());
    for (const ProjectionPart& part : projection->parts()) {
      names.insert(part.name);
      having[kind][part.name].insert(projection->path());
    }
  }
  std::string known;
  for (const std::string& name : names) known += concat(known.empty() ? "" : ", ", name);
  for (const std::string& target : targets) {
    std::size_t matches = 0;
    for (const auto& [kind, by_target] : having) {
      const auto found = by_target.find(target);
      if (found == by_target.end()) continue;
      matches += found->second.size();
      if (found->second.size() == paths[kind].size()) continue;
      throw InputError(concat("LoRA target ", target, " is in ", found->second.size(), " of ", paths[kind].size(), " ",
                              kind, " blocks"),
                       {.key = "model.lora.target_modules"}, "choose targets that every layer has");
    }
    if (matches == 0) {
      throw InputError(concat("LoRA target ", target, " matches no linear of this model"),
                       {.key = "model.lora.target_modules"}, concat("it has ", known));
    }
  }
}

}  // namespace

AdapterSet attach(const std::vector<Projection*>& projections, const AdapterPlan& plan,
                  const std::vector<std::string>& targets, ParameterStore& store) {
  plan.check();
  const std::vector<std::string> wanted = expand_targets(targets);
  if (wanted.empty()) throw InputError("no LoRA target is given", {.key = "model.lora.target_modules"});
  check_targets(projections, wanted);
  const auto context = std::make_shared<AdapterContext>();
  context->plan = plan;
  context->store = &store;
  context->anchor = at::zeros({1}).set_requires_grad(true);
  std::vector<std::shared_ptr<Bank>> banks;
  for (std::size_t i = 0; i < projections.size(); ++i) {
    std::vector<Bank::Part> parts;
    for (const ProjectionPart& part : projections[i]->parts()) {
      if (std::find(wanted.begin(), wanted.end(), part.name) == wanted.end()) continue;
      parts.push_back({part.name, {part.row_begin, part.row_end - part.row_begin}});
    }
    if (parts.empty()) continue;
    banks.push_back(std::make_shared<Bank>(context, *projections[i], std::move(parts), static_cast<std::uint32_t>(i)));
    projections[i]->attach(banks.back());
  }
  return {context, std::move(banks)};
}

void AdapterSet::initialise(std::uint64_t seed) const {
  ParameterStore& store = *context_->store;
  const auto fill = [&](std::size_t index, std::int64_t fan_in) {
    const ParameterInfo& info = store.parameters()[index];
    const std::uint64_t own = name_hash(info.name);
    const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
    at::Tensor host = at::empty(info.shape, at::kDouble);
    double* out = host.data_ptr<double>();
    at::parallel_for(0, info.count, 1 << 14, [&](std::int64_t begin, std::int64_t end) {
      RandomStream stream(seed, own, static_cast<std::uint64_t>(begin));
      for (std::int64_t i = begin; i < end; ++i) out[i] = bound * (2 * stream.uniform() - 1);
    });
    store.value(index).copy_(host);
  };
  for (const auto& bank : banks_) {
    for (const SlotParameters& slot : bank->parameters()) {
      for (const SlotParameters::Part& part : slot.parts) {
        fill(part.a, store.parameters()[part.a].shape[1]);
        store.value(part.b).zero_();
        if (context_->plan.combine == Combine::attention) fill(part.k, part.rank);
      }
    }
    if (context_->plan.fused()) store.value(bank->parameters().front().query).zero_();
  }
  store.touch();
}

void AdapterSet::prepare(const PackTensors& pack, std::optional<DropoutKey> key) const {
  context_->routing = std::make_shared<const Routing>(context_->plan, pack, key);
  // Before a forward pass that a CUDA graph may capture: nothing is copied to the device inside.
  if (context_->routing->dropout()) context_->routing->dropout_rows(pack.token_ids.device());
  context_->copies.prepare(*context_->store);
}

std::vector<SlotCount> AdapterSet::slot_counts() const {
  std::vector<SlotCount> out;
  for (const SlotSpec& slot : context_->plan.slots) {
    out.push_back({slot.name, 0});
    for (const ParameterInfo& parameter : context_->store->parameters()) {
      if (parameter.group == slot.name) out.back().parameters += parameter.count;
    }
  }
  return out;
}

std::int64_t AdapterSet::total_parameters() const {
  std::int64_t total = 0;
  for (const SlotCount& slot : slot_counts()) total += slot.parameters;
  return total;
}

std::int64_t AdapterSet::active_parameters(std::size_t route) const {
  const std::vector<SlotCount> counts = slot_counts();
  std::int64_t active = 0;
  for (const std::size_t slot : context_->plan.routes.at(route).slots) active += counts[slot].parameters;
  return active;
}

std::string AdapterSet::summary() const {
  std::int64_t active = 0;
  for (std::size_t route = 0; route < context_->plan.routes.size(); ++route) {
    active = std::max(active, active_parameters(route));
  }
  std::size_t linears = 0;
  for (const auto& bank : banks_) linears += bank->parts().size();
  return concat("adapters: ", with_separators(active), " active / ", with_separators(total_parameters()),
                " total parameters in ", linears, " linears");
}

}  // namespace polyclinic
