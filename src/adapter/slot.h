#pragma once
// Which adapter slots a run has and which of them a sequence uses (design.md, sections 1 and 4). Free of torch.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace polyclinic {

// One LoRA (A, B) over all targeted linears.
struct SlotSpec {
  std::string name;       // "shared", "private.<task>", "level1", "level2"
  std::int64_t rank = 0;  // >= 1
  double alpha = 0;       // the slot's output is scaled by alpha / rank
  // Ranks that differ from `rank`, by "<part>" ("q_proj") or "<path>.<part>" ("model.layers.3.mlp.up_proj"); the longer
  // key wins. The scale stays alpha / rank, so that a rank chosen for parity does not change the scale.
  std::map<std::string, std::int64_t> rank_pattern;
  // Backward keeps one gradient for each task (gradient surgery needs them apart).
  bool per_task_gradients = false;

  double scale() const { return alpha / static_cast<double>(rank); }
  std::int64_t rank_of(const std::string& path, const std::string& part) const;
};

// How the slots of one route combine. `attention` and `gated` need routes of exactly two slots; see fusion in bank.h.
enum class Combine : std::uint8_t { sum, attention, gated };

// The slots that a sequence of this route passes through. Pack::sequence_route is an index into AdapterPlan::routes.
struct Route {
  std::string name;
  std::vector<std::size_t> slots;  // indices into AdapterPlan::slots, increasing
};

struct AdapterPlan {
  std::vector<SlotSpec> slots;
  std::vector<Route> routes;
  Combine combine = Combine::sum;
  std::int64_t fusion_width = 2;  // d of the attention fusion
  double dropout = 0;             // on the adapters' input, [0, 1)
  std::int64_t tasks = 1;         // Pack::sequence_task is below this

  bool fused() const { return combine != Combine::sum; }
  std::int64_t query_width() const { return combine == Combine::attention ? fusion_width : fused() ? 1 : 0; }
  // InputError when ranks, routes or the dropout make no sense.
  void check() const;
};

}  // namespace polyclinic
