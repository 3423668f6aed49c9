#include "strategy/parity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"
#include "strategy/suite.h"

namespace polyclinic {
namespace {

double relative(std::int64_t count, std::int64_t target) {
  return static_cast<double>(count - target) / static_cast<double>(target);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f %%", 100 * share);
  return text;
}

}  // namespace

ParameterCount count_parameters(const AdapterPlan& plan, const std::vector<LinearShape>& linears,
                                std::int64_t cross_level) {
  ParameterCount out;
  for (std::size_t s = 0; s < plan.slots.size(); ++s) {
    std::int64_t count = 0;
    std::set<std::int64_t> projections;
    for (const LinearShape& linear : linears) {
      const std::int64_t rank = plan.slots[s].rank_of(linear.path, linear.part);
      count += rank * (linear.inputs + linear.outputs);
      if (plan.combine == Combine::attention) count += rank * plan.fusion_width;
      if (plan.fused() && s == 0 && projections.insert(linear.projection).second) {
        count += plan.query_width() * linear.inputs;
      }
    }
    out.slots.push_back(count);
    out.total += count;
  }
  out.total += cross_level;
  for (const Route& route : plan.routes) {
    std::int64_t active = &route == &plan.routes.back() ? cross_level : 0;
    for (const std::size_t slot : route.slots) active += out.slots[slot];
    out.active = std::max(out.active, active);
  }
  return out;
}

bool ParityReport::within() const {
  return std::all_of(rows.begin(), rows.end(),
                     [&](const ParityRow& row) { return std::abs(row.deviation) <= tolerance; });
}

std::string ParityReport::table() const {
  std::size_t width = 7;
  for (const ParityRow& row : rows) width = std::max(width, row.name.size());
  std::string out = concat("target ", with_separators(target), active ? " active" : " total", " parameters, tolerance ",
                           number_text(100 * tolerance), " %\n");
  const auto line = [&](const std::string& name, const std::string& a, const std::string& t, const std::string& d) {
    out +=
        concat(name, std::string(width - name.size(), ' '), std::string(15 - std::min<std::size_t>(15, a.size()), ' '),
               a, std::string(15 - std::min<std::size_t>(15, t.size()), ' '), t,
               std::string(11 - std::min<std::size_t>(11, d.size()), ' '), d);
  };
  line("variant", "active", "total", "deviation");
  for (const ParityRow& row : rows) {
    out += '\n';
    line(row.name, with_separators(row.count.active), with_separators(row.count.total), percent(row.deviation));
    if (std::abs(row.deviation) > tolerance) out += "  outside";
    if (const auto stated = stated_parameters(row.stated)) {
      out += concat("  stated ", row.stated, ": ", percent(relative(row.count.active, *stated)), " active, ",
                    percent(relative(row.count.total, *stated)), " total");
    }
    if (!row.change.empty()) out += concat("  solved: ", row.change);
  }
  return out;
}

ParityReport check_parity(std::vector<ParityMember>& members, const std::vector<LinearShape>& linears,
                          const ParityOptions& options) {
  ParityReport report;
  report.active = options.count == "active";
  report.tolerance = options.tolerance;
  const auto decisive = [&](const ParameterCount& count) { return report.active ? count.active : count.total; };
  if (members.empty()) throw InputError("the suite has no variant", {.key = "ablations"});
  if (options.target) {
    report.target = *options.target;
  } else {
    const auto a4 = std::find_if(members.begin(), members.end(),
                                 [](const ParityMember& member) { return member.name.rfind("A4", 0) == 0; });
    const ParityMember& model = a4 != members.end() ? *a4 : members.back();
    report.target = decisive(count_parameters(model.plan, linears, model.cross_level));
  }
  for (ParityMember& member : members) {
    ParityRow row;
    row.name = member.name;
    if (options.solve) {
      member.plan = solve_ranks(member.plan, linears, report.target, report.active, options.tolerance, &row.change,
                                member.cross_level);
    }
    row.count = count_parameters(member.plan, linears, member.cross_level);
    row.deviation = relative(decisive(row.count), report.target);
    report.rows.push_back(std::move(row));
  }
  return report;
}

void require_parity(const ParityReport& report) {
  if (report.within()) return;
  std::string counts;
  for (const ParityRow& row : report.rows) {
    counts += concat("; ", row.name, " ", with_separators(row.count.active), " active, ",
                     with_separators(row.count.total), " total (", percent(row.deviation), ")");
  }
  throw InputError(concat("the variants are not at parameter parity: target ", with_separators(report.target),
                          report.active ? " active" : " total", counts),
                   {.key = "parity"}, "set parity.solve: true, other ranks, or a wider parity.tolerance");
}

}  // namespace polyclinic
