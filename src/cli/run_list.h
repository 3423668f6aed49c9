#pragma once
// The runs of an experiment: a suite of ablations is one run a variant, a single-task strategy one run a task.
#include <string>
#include <vector>

#include "config/study.h"

namespace polyclinic {

struct PlannedRun {
  StudyConfig study;      // of this run alone
  std::string name;       // "A1_shared_only", "S1_single_task semeval2014t7"
  bool looks_up = false;  // reads other runs from the store (S5, token control): comes after them
};

// `sweep_job`: the strategy was chosen by a sweep, so that of a suite only the variant of that name is meant (the
// strategy itself when there is none). Options that decide nothing in a run are reset, so that a run has one identity
// however it was asked for. InputError when an option would have no effect.
std::vector<PlannedRun> planned_runs(const StudyConfig& study, bool sweep_job = false);

// "S3b" of "S3b_hierarchical_mtl".
std::string short_strategy(const std::string& name);

// InputError with the command that makes data up when a task's folder is missing.
void require_data(const StudyConfig& study);

}  // namespace polyclinic
