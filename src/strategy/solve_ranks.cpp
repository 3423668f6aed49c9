#include <algorithm>
#include <cmath>
#include <map>

#include "core/concat.h"
#include "core/error.h"
#include "strategy/parity.h"

namespace polyclinic {
namespace {

// Slots that keep equal ranks: "private.a" and "private.b" are of the family "private".
struct Family {
  std::string name;
  std::vector<std::size_t> slots;
};

std::vector<Family> families_of(const AdapterPlan& plan) {
  std::vector<Family> out;
  for (std::size_t s = 0; s < plan.slots.size(); ++s) {
    const std::string name = plan.slots[s].name.substr(0, plan.slots[s].name.find('.'));
    auto found = std::find_if(out.begin(), out.end(), [&](const Family& family) { return family.name == name; });
    if (found == out.end()) found = out.insert(out.end(), Family{name, {}});
    found->slots.push_back(s);
  }
  return out;
}

void set_rank(AdapterPlan& plan, const Family& family, std::int64_t rank) {
  for (const std::size_t s : family.slots) {
    SlotSpec& slot = plan.slots[s];
    slot.alpha = slot.scale() * static_cast<double>(rank);
    slot.rank = rank;
    slot.rank_pattern.clear();
  }
}

class Solver {
 public:
  Solver(const AdapterPlan& plan, const std::vector<LinearShape>& linears, std::int64_t target, bool active,
         std::int64_t cross_level)
      : plan_(plan),
        linears_(linears),
        families_(families_of(plan)),
        target_(target),
        active_(active),
        cross_level_(cross_level) {}

  std::int64_t count(const AdapterPlan& plan) const {
    const ParameterCount counts = count_parameters(plan, linears_, cross_level_);
    return active_ ? counts.active : counts.total;
  }
  double distance(const AdapterPlan& plan) const {
    return std::abs(static_cast<double>(count(plan) - target_)) / static_cast<double>(target_);
  }

  // Each family at floor or ceil of its rank times the same factor: the nearest of all combinations.
  AdapterPlan nearest_integers() const {
    AdapterPlan best = scaled(0);
    for (std::size_t choice = 1; choice < std::size_t{1} << families_.size(); ++choice) {
      AdapterPlan candidate = scaled(choice);
      if (distance(candidate) < distance(best)) best = std::move(candidate);
    }
    return best;
  }

  // All families at floor, then one rank more in linears of the last family, spread evenly by error diffusion; what is
  // left goes to the family before.
  AdapterPlan with_pattern(std::string& change) const {
    AdapterPlan plan = scaled(0);
    if (count(plan) > target_) return plan;
    for (std::size_t f = families_.size(); f-- > 0;) raise_some(plan, families_[f], change);
    return plan;
  }

  std::string describe(const AdapterPlan& solved) const {
    std::string out;
    for (const Family& family : families_) {
      const std::int64_t before = plan_.slots[family.slots.front()].rank,
                         after = solved.slots[family.slots.front()].rank;
      if (before != after) out += concat(out.empty() ? "" : ", ", family.name, " rank ", before, " -> ", after);
    }
    return out;
  }

 private:
  AdapterPlan scaled(std::size_t choice) const {
    const double factor = static_cast<double>(target_) / static_cast<double>(count(plan_));
    AdapterPlan out = plan_;
    for (std::size_t f = 0; f < families_.size(); ++f) {
      const double ideal = factor * static_cast<double>(plan_.slots[families_[f].slots.front()].rank);
      const auto rank = static_cast<std::int64_t>(choice >> f & 1U ? std::ceil(ideal) : std::floor(ideal));
      set_rank(out, families_[f], std::max<std::int64_t>(1, rank));
    }
    return out;
  }

  void raise_some(AdapterPlan& plan, const Family& family, std::string& change) const {
    const std::int64_t now = count(plan);
    AdapterPlan all = plan;
    const std::int64_t rank = plan.slots[family.slots.front()].rank;
    set_rank(all, family, rank + 1);
    const std::int64_t room = count(all) - now;
    if (room <= 0 || now >= target_) return;
    const double share = std::min(1.0, static_cast<double>(target_ - now) / static_cast<double>(room));
    double owed = 0;
    std::size_t raised = 0;
    for (const LinearShape& linear : linears_) {
      const auto size = static_cast<double>(linear.inputs + linear.outputs);
      owed += share * size;
      if (owed < size / 2) continue;
      owed -= size;
      ++raised;
      for (const std::size_t s : family.slots) plan.slots[s].rank_pattern[linear.path + "." + linear.part] = rank + 1;
    }
    if (raised == 0) return;
    change += concat(change.empty() ? "" : ", ", family.name, " rank ", rank + 1, " in ", raised, " of ",
                     linears_.size(), " linears");
  }

  const AdapterPlan& plan_;
  const std::vector<LinearShape>& linears_;
  std::vector<Family> families_;
  std::int64_t target_;
  bool active_;
  std::int64_t cross_level_;
};

}  // namespace

AdapterPlan solve_ranks(const AdapterPlan& plan, const std::vector<LinearShape>& linears, std::int64_t target,
                        bool active, double tolerance, std::string* change, std::int64_t cross_level) {
  const Solver solver(plan, linears, target, active, cross_level);
  if (solver.distance(plan) <= tolerance) return plan;
  AdapterPlan integers = solver.nearest_integers();
  if (solver.distance(integers) <= tolerance) {
    if (change != nullptr) *change = solver.describe(integers);
    return integers;
  }
  std::string pattern;
  AdapterPlan mixed = solver.with_pattern(pattern);
  if (solver.distance(mixed) > tolerance) {
    throw InputError(concat("no ranks meet ", target, active ? " active" : " total",
                            " parameters: the smallest count is ", solver.count(mixed)),
                     {.key = "parity.target"}, "raise parity.target or take fewer target modules");
  }
  if (change != nullptr) {
    const std::string ranks = solver.describe(mixed);
    *change = concat(ranks, ranks.empty() || pattern.empty() ? "" : ", ", pattern);
  }
  return mixed;
}

}  // namespace polyclinic
