#include "cli/run_list.h"

#include <filesystem>

#include "cli/matched_budget.h"
#include "core/concat.h"
#include "core/error.h"
#include "strategy/suite.h"

namespace polyclinic {
namespace {

void check_token_control(const StudyConfig& study) {
  if (!study.token_control) return;
  match_target(study.token_control->match_to);
  if (study.strategy.type != "single_task") {
    throw InputError("token control trains single tasks", {.key = "token_control"},
                     "set strategy=s1, or remove the block");
  }
  if (study.train.max_steps) {
    throw InputError("max_steps has no effect under token control: the budget decides", {.key = "train.max_steps"},
                     "remove it");
  }
}

// Without solving, parity is checked before training and decides nothing in a run.
StudyConfig without_checks(StudyConfig study) {
  if (!study.parity.solve) {
    study.ablations.reset();
    study.parity = ParityOptions{};
  }
  study.hp_search.reset();
  return study;
}

std::vector<StudyConfig> variants_of(const StudyConfig& study, bool sweep_job) {
  if (!study.ablations) return {without_checks(study)};
  std::vector<StudyConfig> out;
  for (const SuiteVariant& variant : suite_of(*study.ablations, study.strategy)) {
    if (sweep_job && variant.name != study.strategy.name) continue;
    out.push_back(without_checks(study));
    out.back().strategy = variant.strategy;
  }
  if (!out.empty()) return out;
  StudyConfig alone = without_checks(study);
  alone.ablations.reset();
  alone.parity = ParityOptions{};
  return {alone};
}

}  // namespace

std::string short_strategy(const std::string& name) { return name.substr(0, name.find('_')); }

std::vector<PlannedRun> planned_runs(const StudyConfig& study, bool sweep_job) {
  check_token_control(study);
  std::vector<PlannedRun> runs;
  for (const StudyConfig& variant : variants_of(study, sweep_job)) {
    const bool looks_up = variant.token_control || variant.strategy.architecture.inherit_from;
    if (variant.strategy.type != "single_task" || variant.tasks.size() == 1) {
      runs.push_back({variant, variant.strategy.name, looks_up});
      continue;
    }
    for (const TaskEntry& entry : variant.tasks) {
      runs.push_back({variant, concat(variant.strategy.name, " ", entry.key), looks_up});
      runs.back().study.tasks = {entry};
    }
  }
  return runs;
}

void require_data(const StudyConfig& study) {
  for (const TaskEntry& entry : study.tasks) {
    const std::filesystem::path path = entry.task.data.path.value_or("");
    if (!path.empty() && std::filesystem::exists(path)) continue;
    throw InputError(
        concat("no data of ", entry.key), {.file = path.string(), .key = concat(entry.key, ".data.path")},
        concat("put the official files there, or make notes up: polyclinic data synth --out ", study.data.root));
  }
}

}  // namespace polyclinic
