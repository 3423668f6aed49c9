#include "data/held_out.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "core/error.h"

namespace polyclinic {

Split hold_out_dev(Split& training, double share) {
  std::map<std::string, std::size_t> group_number;
  std::vector<std::size_t> unit_of;  // of each example: its group, or itself
  std::size_t units = 0;
  for (const Example& example : training.examples) {
    const bool fresh = example.group.empty() || group_number.emplace(example.group, units).second;
    unit_of.push_back(fresh ? units++ : group_number.at(example.group));
  }
  if (units < 2) {
    throw InputError("too few training examples to hold some out for dev", {"", 0, 0, "task.data.dev_share"},
                     "give a dev split, or more training examples");
  }
  // Unit u is held out where the count of the held ones, u * share, passes a whole number.
  const double rate = std::max(share, 1.0 / static_cast<double>(units));
  const auto passed = [rate](std::size_t unit) { return std::floor(static_cast<double>(unit) * rate + 1e-9); };
  Split dev{"dev", {}}, kept{training.name, {}};
  for (std::size_t e = 0; e < training.examples.size(); ++e) {
    const bool held = passed(unit_of[e] + 1) > passed(unit_of[e]);
    (held ? dev : kept).examples.push_back(std::move(training.examples[e]));
  }
  training = std::move(kept);
  return dev;
}

}  // namespace polyclinic
