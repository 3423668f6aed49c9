#pragma once
// The architecture ablation as runs: each variant of `ablations` is the composed strategy with its own adapter, and
// together they are checked for parameter parity before one of them trains.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/control_options.h"
#include "strategy/parity.h"
#include "strategy/plan.h"

namespace polyclinic {

struct SuiteVariant {
  std::string name;  // "A1_shared_only"
  StrategyOptions strategy;
  std::string stated;  // trainable_params as it is written; may be empty
};

// `base` with each variant's name and adapter. Gradient surgery stays only where there is a shared slot. InputError
// when a variant contradicts itself (a rank of an adapter that it switches off) or `trainable_params` is no number.
std::vector<SuiteVariant> suite_of(const AblationOptions& ablations, const StrategyOptions& base);

// "~26M", "26.5M", "1.2B", "26000000" -> parameters. Nothing for another text.
std::optional<std::int64_t> stated_parameters(std::string_view text);

struct CheckedSuite {
  std::vector<ParityMember> members;  // solved where parity.solve
  ParityReport report;
};
// The variants' plans over `tasks`, their counts and their distance from the target.
CheckedSuite check_suite(const std::vector<SuiteVariant>& suite, const LoraOptions& lora,
                         const std::vector<StrategyTask>& tasks, const std::vector<LinearShape>& linears,
                         const ParityOptions& options);

}  // namespace polyclinic
