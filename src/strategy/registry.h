#pragma once
// The strategies. A new one: src/strategy/<name>.cpp and a line in registry.cpp.
#include <string_view>
#include <vector>

#include "strategy/plan.h"

namespace polyclinic {

struct StrategyKind {
  std::string_view name;  // "shared_private"
  std::string_view summary;
  bool (*matches)(const StrategyOptions& options);
  StrategyPlan (*plan)(const StrategyInputs& inputs);
};

extern const StrategyKind inherited_strategy;       // S5
extern const StrategyKind hierarchical_strategy;    // S3b
extern const StrategyKind sequential_strategy;      // S4
extern const StrategyKind single_task_strategy;     // S1
extern const StrategyKind shared_strategy;          // S2, A1
extern const StrategyKind private_strategy;         // A2
extern const StrategyKind shared_private_strategy;  // S3a, A3, A4

const std::vector<const StrategyKind*>& strategy_kinds();

}  // namespace polyclinic
