#pragma once
// Parameter counts of adapter plans, and equal ones (design.md, section 4). Active: what one token of one task passes
// through (the largest route). Total: all trained adapters. S3b's cross-level attention is in both. Both are always
// shown; one decides.
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/linear_shape.h"
#include "adapter/slot.h"
#include "config/control_options.h"

namespace polyclinic {

struct ParameterCount {
  std::int64_t active = 0;
  std::int64_t total = 0;
  std::vector<std::int64_t> slots;  // of each slot of the plan, its fusion parameters included
};

// `cross_level`: parameters of S3b's cross-level attention, which rows of the last route pass through too; 0 elsewhere.
ParameterCount count_parameters(const AdapterPlan& plan, const std::vector<LinearShape>& linears,
                                std::int64_t cross_level = 0);

struct ParityMember {
  std::string name;  // "A1_shared_only"
  AdapterPlan plan;
  std::int64_t cross_level = 0;
};

struct ParityRow {
  std::string name;
  ParameterCount count;
  double deviation = 0;  // (count - target) / target, of the count that decides
  std::string change;    // what solving changed, e.g. "private.* rank 4 -> 3, 4 in 61 of 196 linears"; or empty
  std::string stated;    // the count that the study's document gives, e.g. "~26M"; shown beside ours
};

struct ParityReport {
  std::int64_t target = 0;
  bool active = true;  // which count decides
  double tolerance = 0;
  std::vector<ParityRow> rows;
  bool within() const;
  std::string table() const;  // aligned text with all counts
};

// Solves the members' ranks first when options.solve. Target: options.target, else the member whose name begins with
// A4, else the last one.
ParityReport check_parity(std::vector<ParityMember>& members, const std::vector<LinearShape>& linears,
                          const ParityOptions& options);

// InputError that holds every count when a member is outside the tolerance.
void require_parity(const ParityReport& report);

// Ranks whose count comes nearest to `target`: the plan's own when they are within `tolerance`, else integers in about
// the same proportions, else one rank more in evenly spread linears (rank_pattern). Slots named "<word>.<task>" get the
// same ranks. InputError when rank 1 everywhere is already too much.
AdapterPlan solve_ranks(const AdapterPlan& plan, const std::vector<LinearShape>& linears, std::int64_t target,
                        bool active, double tolerance, std::string* change = nullptr, std::int64_t cross_level = 0);

}  // namespace polyclinic
