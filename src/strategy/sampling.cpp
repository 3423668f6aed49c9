#include "strategy/sampling.h"

#include <cassert>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/concat.h"
#include "core/error.h"
#include "core/random.h"

namespace polyclinic {
namespace {

constexpr std::uint64_t offset_stream = 0x6F66667365747321ULL;

}  // namespace

std::vector<double> sampling_shares(const std::string& kind, double tau, const std::vector<std::int64_t>& sizes) {
  double exponent = 0;
  if (kind == "proportional") {
    exponent = 1;
  } else if (kind == "temperature") {
    if (!(tau >= 1))
      throw InputError(concat("temperature ", tau, " is below 1"), {.key = "strategy.multitask.temperature"});
    exponent = 1 / tau;
  } else if (kind != "uniform") {
    throw InputError(concat("sampling ", kind, " is not known"), {.key = "strategy.multitask.sampling"},
                     "use proportional, uniform or temperature");
  }
  std::vector<double> out;
  for (std::size_t t = 0; t < sizes.size(); ++t) {
    if (sizes[t] <= 0) throw InputError(concat("task ", t + 1, " of the mix has no training example"));
    out.push_back(std::pow(static_cast<double>(sizes[t]), exponent));
  }
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& share : out) share /= sum;
  return out;
}

TaskSampler::TaskSampler(std::vector<double> shares, std::vector<std::int64_t> sizes, std::uint64_t seed)
    : shares_(std::move(shares)), sizes_(std::move(sizes)), seed_(seed) {
  assert(shares_.size() == sizes_.size() && !shares_.empty());
  RandomStream stream(seed_, offset_stream);
  for (std::size_t t = 0; t < shares_.size(); ++t) offsets_.push_back(stream.uniform());
  state_.task_draws.assign(shares_.size(), 0);
  cached_epoch_.assign(shares_.size(), -1);
  cached_order_.resize(shares_.size());
}

void TaskSampler::restore(const SamplerState& state) {
  if (state.task_draws.size() != shares_.size()) {
    throw InputError(concat("the checkpoint's mix has ", state.task_draws.size(), " tasks, this run ", shares_.size()));
  }
  state_ = state;
}

const std::vector<std::size_t>& TaskSampler::order(std::size_t task, std::int64_t epoch) {
  std::vector<std::size_t>& out = cached_order_[task];
  if (cached_epoch_[task] == epoch) return out;
  out.resize(static_cast<std::size_t>(sizes_[task]));
  std::iota(out.begin(), out.end(), std::size_t{0});
  RandomStream stream(seed_, mix({task, static_cast<std::uint64_t>(epoch)}));
  stream.shuffle(out);
  cached_epoch_[task] = epoch;
  return out;
}

Draw TaskSampler::next() {
  const auto due = static_cast<double>(++state_.draws);
  std::size_t best = 0;
  std::optional<double> most;
  for (std::size_t t = 0; t < shares_.size(); ++t) {
    if (shares_[t] <= 0) continue;
    const double overdue = shares_[t] * due + offsets_[t] - static_cast<double>(state_.task_draws[t]);
    if (!most || overdue > *most) {
      most = overdue;
      best = t;
    }
  }
  const std::int64_t drawn = state_.task_draws[best]++;
  const std::int64_t epoch = drawn / sizes_[best];
  return {best, order(best, epoch)[static_cast<std::size_t>(drawn % sizes_[best])], epoch};
}

}  // namespace polyclinic
