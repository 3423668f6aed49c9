#pragma once
// All banks of a trunk: attach, initialise, prepare each pack, save and load.
//
//   ParameterStore store;
//   auto adapters = attach(projections, plan, {"q_proj", "v_proj"}, store);
//   ... heads add their parameters ...
//   store.allocate(plan.tasks, at::kFloat);
//   adapters.initialise(seed);
//   each pack: adapters.prepare(pack, DropoutKey{seed, step}); trunk forward; backward
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/bank.h"

namespace polyclinic {

struct SlotCount {
  std::string slot;
  std::int64_t parameters = 0;
};

class AdapterSet {
 public:
  AdapterSet(std::shared_ptr<AdapterContext> context, std::vector<std::shared_ptr<Bank>> banks)
      : context_(std::move(context)), banks_(std::move(banks)) {}

  // A as PEFT: Kaiming uniform with a = sqrt(5), i.e. uniform in +-1 / sqrt(in); B zero. Fusion: K likewise by its
  // fan-in, the query zero, so that both slots start at even weights. Each tensor has its own stream (by its name), so
  // that a slot starts alike whatever other slots exist. After ParameterStore::allocate().
  void initialise(std::uint64_t seed) const;

  // Before each pack's forward, in training and evaluation. `key` absent: no dropout.
  void prepare(const PackTensors& pack, std::optional<DropoutKey> key = {}) const;

  // Of the pack at hand. A CUDA graph that was captured with it must not outlive it.
  std::shared_ptr<const Routing> routing() const { return context_->routing; }

  const AdapterPlan& plan() const { return context_->plan; }
  ParameterStore& store() const { return *context_->store; }
  const std::vector<std::shared_ptr<Bank>>& banks() const { return banks_; }
  std::vector<SlotCount> slot_counts() const;               // in the plan's order
  std::int64_t total_parameters() const;                    // all slots
  std::int64_t active_parameters(std::size_t route) const;  // what a row of this route passes through
  // "adapters: 36,470,784 active / 85,098,496 total parameters in 112 linears"; one line, the largest route's count.
  std::string summary() const;

 private:
  std::shared_ptr<AdapterContext> context_;
  std::vector<std::shared_ptr<Bank>> banks_;
};

// Gives each projection with a targeted part a bank. `targets`: part names ("q_proj", ..., or the fused names of a
// merged linear, "qkv_proj" and "gate_up_proj", which stand for their parts). InputError when a target does not match
// in every block that a target of its kind could match: nothing is left out silently (reference/models.md, C2 17).
AdapterSet attach(const std::vector<Projection*>& projections, const AdapterPlan& plan,
                  const std::vector<std::string>& targets, ParameterStore& store);

}  // namespace polyclinic
