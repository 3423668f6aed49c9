#pragma once
// S5: the strategy of the better of S3a and S3b, looked up in the run store.
#include "config/study.h"
#include "store/run_store.h"

namespace polyclinic {

// `study` with the strategy of the best finished run of S3a or S3b on the same model, seed and data
// (inherit_strategy). InputError that says what to run first when there is none.
StudyConfig inherit_from_store(RunStore& store, const StudyConfig& study, const RunRecord& wanted,
                               std::string* parent_id);

}  // namespace polyclinic
