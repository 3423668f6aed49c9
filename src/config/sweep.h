#pragma once
// Hydra's basic sweeper: the jobs of a multirun.
#include <functional>
#include <string>
#include <vector>

#include "config/override.h"

namespace polyclinic {

// The options of a config group, for glob().
using GroupOptions = std::function<std::vector<std::string>(const std::string& group)>;

// The Cartesian product of all sweeps, the last one fastest; a later override of the same key replaces the earlier.
std::vector<std::vector<std::string>> expand_sweeps(const std::vector<Override>& overrides,
                                                    const GroupOptions& options);

}  // namespace polyclinic
