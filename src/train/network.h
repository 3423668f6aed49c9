#pragma once
// Trunk, adapters and heads put together: what a run trains and what predicts.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter_set.h"
#include "adapter/cross_level.h"
#include "adapter/parameter_store.h"
#include "model/heads/head.h"
#include "model/trunk.h"

namespace polyclinic {

// One head of a run. Its index is the sequences' task: gradients, losses and the mix are counted by it.
struct Part {
  std::string name;  // "bc5cdr", or "semeval2021t6.relations" where a task has several parts
  std::unique_ptr<Head> head;
  // Routes (AdapterPlan::routes) that its sequences go through, one pass of the trunk each; the head reads the last.
  // Two: the rows of the last have also read those of the first (cross-level attention).
  std::vector<std::int32_t> streams = {0};
};

// A sequence to be fed: of `encoded`, made by the head of `part`.
struct PartSequence {
  std::size_t part = 0;
  const HeadExample* encoded = nullptr;
  std::size_t sequence = 0;
  // Others that are drawn with it and train in the same step (the candidates of a query); they carry no list.
  const std::vector<PartSequence>* list = nullptr;

  const Sequence& tokens() const { return encoded->sequences[sequence]; }
  std::int64_t fed() const { return static_cast<std::int64_t>(tokens().token_ids.size()); }
  std::int64_t units() const { return encoded->units[sequence]; }
  // Sequences and tokens of a draw: itself and its list.
  std::int64_t drawn_sequences() const { return 1 + (list ? static_cast<std::int64_t>(list->size()) : 0); }
  std::int64_t drawn_tokens() const;
};

struct NetworkOptions {
  std::vector<std::string> targets;  // projections that carry adapters
  bool uncertainty = false;          // one log-variance a part is learned
  bool detach_level1 = false;        // no gradient from a second stream into the first
};

// What a head reads of a pack, and which of the step's sequences each row is.
struct PartBatch : HeadBatch {
  std::vector<std::size_t> items;
};

class Network {
 public:
  // Adds the parameters of heads, cross-level attention (when a part has two streams) and loss weights to the adapters'
  // and allocates them. The heads are prepared or restored already.
  Network(Trunk trunk, const AdapterPlan& plan, std::vector<Part> parts, const NetworkOptions& options);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // First values of adapters and heads; each tensor has its own stream, by its name.
  void initialise(std::uint64_t seed);

  // Packs for `sequences` (first fit in their order, at most `max_tokens` each), rows of like slots side by side.
  std::vector<PackTensors> packs(const std::vector<PartSequence>& sequences, std::int64_t max_tokens) const;
  // Final hidden states in fp32 [T, d], those of second streams after cross-level attention. `dropout` absent:
  // evaluation.
  at::Tensor hidden(const PackTensors& pack, std::optional<DropoutKey> dropout) const;
  // The rows of one part in a pack; `sequences` is what packs() was given.
  PartBatch batch(std::size_t part, const at::Tensor& hidden, const PackTensors& pack,
                  const std::vector<PartSequence>& sequences) const;

  Trunk& trunk() { return trunk_; }
  const Trunk& trunk() const { return trunk_; }
  const AdapterSet& adapters() const { return *adapters_; }
  ParameterStore& store() { return store_; }
  const ParameterStore& store() const { return store_; }
  const std::vector<Part>& parts() const { return parts_; }
  std::int64_t head_parameters() const;
  std::int64_t cross_level_parameters() const;  // 0 without second streams
  // Adapters and cross-level attention (which rows of the last route read): of the largest route, and of all.
  std::int64_t active_parameters() const;
  std::int64_t total_parameters() const { return adapters_->total_parameters() + cross_level_parameters(); }
  // Tokens that go through the trunk when `item` is fed.
  std::int64_t trunk_tokens(const PartSequence& item) const;
  // Index of the parts' log-variances [parts] in the store; absent with equal weights.
  std::optional<std::size_t> log_variances() const { return log_variances_; }

 private:
  Trunk trunk_;
  ParameterStore store_;
  std::optional<AdapterSet> adapters_;
  std::vector<Part> parts_;
  std::optional<CrossLevelAttention> cross_level_;
  bool detach_level1_;
  std::vector<std::vector<std::size_t>> head_parameters_;  // of each part, into the store
  std::vector<std::vector<double>> deviations_;
  std::optional<std::size_t> log_variances_;
};

}  // namespace polyclinic
