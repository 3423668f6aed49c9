// docs/parity.md's tables.
#include <array>
#include <cstdio>

#include "cli/parameter_plan.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "core/number_format.h"

namespace polyclinic {
namespace {

constexpr std::array<const char*, 6> kModels{"gemma2b", "phi3mini", "llama3b", "mistral7b", "llama8b", "biomistral"};
constexpr std::array<const char*, 9> kStrategies{"s1", "s2", "s3a", "s3b", "s4", "a1", "a2", "a3", "a4"};
constexpr std::int64_t kStated = 26000000;  // the study's "~26M"

StudyConfig compose(const std::filesystem::path& folder, std::vector<std::string> overrides) {
  ComposeRequest request;
  request.folder = folder;
  request.overrides = std::move(overrides);
  return compose_study(request, 0).config;
}

// The published shapes count, whatever lies on this machine.
StudyConfig compose_six(const std::filesystem::path& folder, const char* model, const std::string& more) {
  return compose(folder, {"experiment=five_tasks", concat("model=", model), "model.path=null", more});
}

std::string head() {
  std::string out = "|  |", rule = "|---|";
  for (const char* model : kModels) {
    out += concat(" ", model, " |");
    rule += "---:|";
  }
  return concat(out, "\n", rule, "\n");
}

// Bold: within 5 % of what the study states.
std::string cell(std::int64_t count) {
  const bool fits = std::abs(count - kStated) * 20 <= kStated;
  return concat(fits ? " **" : " ", with_separators(count), fits ? "** |" : " |");
}

std::string upper(std::string name) {
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string solved_table(const std::filesystem::path& folder, const char* count) {
  std::string out = "| model | variant | active | total | what changes |\n|---|---|---:|---:|---|\n";
  for (const char* model : kModels) {
    StudyConfig study =
        compose(folder, {"experiment=ablation_architecture", concat("model=", model), "model.path=null",
                         "parity.solve=true", concat("parity.count=", count), concat("parity.target=", kStated)});
    const ParameterPlan plan = plan_parameters(study);
    for (const ParityRow& row : plan.parity->report.rows) {
      out += concat("| ", model, " | ", row.name.substr(0, 2), " | ", with_separators(row.count.active), " | ",
                    with_separators(row.count.total), " | ", row.change.empty() ? "nothing" : row.change, " |\n");
    }
  }
  return out;
}

}  // namespace

std::string parity_tables(const std::filesystem::path& folder) {
  std::string active = head(), total = head();
  for (const char* strategy : kStrategies) {
    for (std::string* table : {&active, &total}) *table += concat("| ", upper(strategy), " |");
    for (const char* model : kModels) {
      const ParameterPlan plan = plan_parameters(compose_six(folder, model, concat("strategy=", strategy)));
      active += cell(plan.own->active);
      total += cell(plan.own->total);
    }
    for (std::string* table : {&active, &total}) *table += "\n";
  }
  return concat("Active parameters:\n\n", active, "\nTotal parameters:\n\n", total,
                "\nRanks that `parity.solve: true` finds for 26,000,000 total parameters:\n\n",
                solved_table(folder, "total"), "\nAnd for 26,000,000 active parameters:\n\n",
                solved_table(folder, "active"));
}

}  // namespace polyclinic
