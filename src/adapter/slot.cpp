#include "adapter/slot.h"

#include <algorithm>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

std::int64_t SlotSpec::rank_of(const std::string& path, const std::string& part) const {
  if (const auto found = rank_pattern.find(path + "." + part); found != rank_pattern.end()) return found->second;
  if (const auto found = rank_pattern.find(part); found != rank_pattern.end()) return found->second;
  return rank;
}

void AdapterPlan::check() const {
  if (slots.empty() || routes.empty()) throw InputError("the strategy declares no adapter slot or no route");
  if (!(dropout >= 0 && dropout < 1)) {
    throw InputError(concat("adapter dropout ", dropout, " is outside [0, 1)"), {.key = "model.lora.dropout"});
  }
  for (const SlotSpec& slot : slots) {
    bool positive = slot.rank >= 1;
    for (const auto& [module, rank] : slot.rank_pattern) positive = positive && rank >= 1;
    if (!positive) throw InputError(concat("slot ", slot.name, " has a rank below 1"), {}, "set a rank of 1 or more");
  }
  for (const Route& route : routes) {
    const bool sorted = std::is_sorted(route.slots.begin(), route.slots.end());
    if (route.slots.empty() || !sorted || route.slots.back() >= slots.size()) {
      throw InputError(concat("route ", route.name, " does not name existing slots in increasing order"));
    }
    if (fused() && (route.slots.size() != 2 || route.slots.front() != 0)) {
      throw InputError(concat("fusion needs the shared slot and one other; route ", route.name, " has ",
                              route.slots.size(), " slots"),
                       {.key = "strategy.adapter.fusion"}, "set adapter.shared and adapter.private, or fusion: null");
    }
  }
}

}  // namespace polyclinic
