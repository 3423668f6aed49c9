#pragma once
// Trunk, adapters and heads put together: what a run trains and what predicts.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter_set.h"
#include "adapter/parameter_store.h"
#include "model/heads/head.h"
#include "model/trunk.h"

namespace polyclinic {

// One head of a run. Its index is the sequences' task: gradients, losses and the mix are counted by it.
struct Part {
  std::string name;  // "bc5cdr", or "semeval2021t6.relations" where a task has several parts
  std::unique_ptr<Head> head;
  std::int32_t route = 0;  // of its sequences, into AdapterPlan::routes
};

// A sequence to be fed: of `encoded`, made by the head of `part`.
struct PartSequence {
  std::size_t part = 0;
  const HeadExample* encoded = nullptr;
  std::size_t sequence = 0;

  const Sequence& tokens() const { return encoded->sequences[sequence]; }
  std::int64_t units() const { return encoded->units[sequence]; }
};

class Network {
 public:
  // Adds the heads' parameters, and one log-variance a part when `uncertainty`, to the adapters' and allocates them.
  // `targets`: projections that carry adapters. The heads are prepared or restored already.
  Network(Trunk trunk, const AdapterPlan& plan, const std::vector<std::string>& targets, std::vector<Part> parts,
          bool uncertainty = false);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // First values of adapters and heads; each tensor has its own stream, by its name.
  void initialise(std::uint64_t seed);

  // Packs for `sequences` in their order (first fit, at most `max_tokens` each).
  std::vector<PackTensors> packs(const std::vector<PartSequence>& sequences, std::int64_t max_tokens) const;
  // Final hidden states in fp32 [T, d]. `dropout` absent: evaluation.
  at::Tensor hidden(const PackTensors& pack, std::optional<DropoutKey> dropout) const;
  // The rows of one part in a pack; `sequences` is what packs() was given.
  HeadBatch batch(std::size_t part, const at::Tensor& hidden, const PackTensors& pack,
                  const std::vector<PartSequence>& sequences) const;

  Trunk& trunk() { return trunk_; }
  const Trunk& trunk() const { return trunk_; }
  const AdapterSet& adapters() const { return *adapters_; }
  ParameterStore& store() { return store_; }
  const ParameterStore& store() const { return store_; }
  const std::vector<Part>& parts() const { return parts_; }
  std::int64_t head_parameters() const;
  // Index of the parts' log-variances [parts] in the store; absent with equal weights.
  std::optional<std::size_t> log_variances() const { return log_variances_; }

 private:
  Trunk trunk_;
  ParameterStore store_;
  std::optional<AdapterSet> adapters_;
  std::vector<Part> parts_;
  std::vector<std::vector<std::size_t>> head_parameters_;  // of each part, into the store
  std::vector<std::vector<double>> deviations_;
  std::optional<std::size_t> log_variances_;
};

}  // namespace polyclinic
