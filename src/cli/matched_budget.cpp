#include "cli/matched_budget.h"

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

constexpr std::string_view kTotal = "_total_tokens", kTask = "_task_tokens";

// Tokens of a task's parts: "semeval2021t6", or "semeval2021t6.entities" and "semeval2021t6.relations".
std::int64_t task_tokens(const RunRecord& run, const std::string& task) {
  std::int64_t sum = 0;
  for (const auto& [part, tokens] : run.tokens) {
    if (part == task || part.starts_with(task + ".")) sum += tokens.fed;
  }
  return sum;
}

std::string task_names(const RunRecord& run) {
  std::string out;
  for (const auto& [task, hash] : run.data) out += concat(out.empty() ? "" : ", ", task);
  return out;
}

}  // namespace

MatchTarget match_target(const std::string& match_to) {
  for (const std::string_view ending : {kTotal, kTask}) {
    if (match_to.size() > ending.size() && match_to.ends_with(ending)) {
      return {match_to.substr(0, match_to.size() - ending.size()), ending == kTask};
    }
  }
  throw InputError(concat("'", match_to, "' names no count of tokens"), {.key = "token_control.match_to"},
                   "write <strategy>_total_tokens or <strategy>_task_tokens, e.g. S3b_total_tokens");
}

nlohmann::json to_json_object(const MatchedBudget& budget) {
  return {{"run", budget.run}, {"strategy", budget.strategy}, {"budget", budget.tokens}};
}

RunRecord run_subject(RunStore& store, const StudyConfig& study) {
  RunRecord run;
  run.model = study.model.short_name;
  run.seed = study.seed.data == study.seed.init && study.seed.init == study.seed.dropout
                 ? std::to_string(study.seed.data)
                 : concat(study.seed.data, ",", study.seed.init, ",", study.seed.dropout);
  for (const TaskEntry& entry : study.tasks) {
    run.data[entry.key] = store.content_hash(entry.task.data.path.value_or(""));
  }
  return run;
}

MatchedBudget matched_budget(const RunStore& store, const TokenControlOptions& control, const RunRecord& wanted) {
  const MatchTarget target = match_target(control.match_to);
  const std::optional<RunRecord> run = store.matching(target.strategy, wanted.model, wanted.seed, wanted.data);
  if (!run) {
    throw InputError(concat("no finished run of ", target.strategy, " on model ", wanted.model, ", seed ", wanted.seed,
                            " and this data of ", task_names(wanted)),
                     {.file = (store.results() / "polyclinic.sqlite").string(), .key = "token_control.match_to"},
                     concat("run ", target.strategy, " first, with the same model, seeds and data"));
  }
  MatchedBudget budget{run->id, target.strategy, run->total_tokens().fed};
  if (target.own_task) {
    budget.tokens = 0;
    for (const auto& [task, hash] : wanted.data) budget.tokens += task_tokens(*run, task);
  }
  return budget;
}

}  // namespace polyclinic
