#pragma once
// The token budget of a controlled single-task run: what a recorded multi-task run saw (design.md, section 5).
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "config/study.h"
#include "store/run_store.h"

namespace polyclinic {

struct MatchTarget {
  std::string strategy;   // "S3b"
  bool own_task = false;  // true: the tokens of the same task alone, else those of all tasks
};
// "S3b_total_tokens" or "S3b_task_tokens". InputError for another text.
MatchTarget match_target(const std::string& match_to);

struct MatchedBudget {
  std::string run;  // id
  std::string strategy;
  std::int64_t tokens = 0;  // fed
};
nlohmann::json to_json_object(const MatchedBudget& budget);  // {"run", "strategy", "budget"}

// What makes two runs comparable: a record with model, seed and data (by content) alone.
RunRecord run_subject(RunStore& store, const StudyConfig& study);

// The latest finished run of the strategy on the model, seed and data of `wanted`. InputError that says what to run
// first when there is none.
MatchedBudget matched_budget(const RunStore& store, const TokenControlOptions& control, const RunRecord& wanted);

}  // namespace polyclinic
