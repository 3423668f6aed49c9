#include "cli/experiment_run.h"

#include <algorithm>
#include <chrono>

#include "cli/conflict_summary.h"
#include "cli/experiment.h"
#include "cli/experiment_score.h"
#include "cli/inherited_run.h"
#include "cli/matched_budget.h"
#include "cli/run_list.h"
#include "cli/run_log.h"
#include "cli/transfer_report.h"
#include "config/schema.h"
#include "core/concat.h"
#include "core/files.h"
#include "core/number_format.h"
#include "store/checkpoint_set.h"
#include "store/identity.h"
#include "store/run_folder.h"
#include "store/run_store.h"
#include "train/device_memory.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

// Name of the head of a part; the task's own setting replaces it.
std::string head_of(const std::vector<LoadedTask>& tasks, const std::string& part) {
  for (const LoadedTask& task : tasks) {
    for (const TaskPart& own : task.definition->parts) {
      if (part == task.key || part == concat(task.key, ".", own.name)) return task.options->head.value_or(own.head);
    }
  }
  return "";
}

std::string_view why_lost(std::string_view head) {
  if (head == "normalisation") return "learnt from: no other note, and no task.data.terminology, names their concept";
  if (head == "relation" || head == "temporal") {
    return "represented: they reach beyond a window (task.preprocessing.max_seq_len) or farther than training's do";
  }
  if (head == "ner") return "represented: they begin or end inside a token, or overlap too many others";
  return "represented";
}

// Hashing large weights takes a minute, so what does not fit is refused before, but where the run may be done already:
// it is then given back on any card, and the store remembers its model's hash. An inherited strategy is not known yet.
void refuse_before_hashing(const RunStore& store, const StudyConfig& study, const RunRecord& run) {
  if (study.strategy.architecture.inherit_from) return;
  if (store.list({.model = run.model, .strategy = "", .task = "", .status = "finished"}).empty()) {
    refuse_without_memory(study);
  }
}

// The record as it is known before training: identity of configuration, data and weights. `study` inherits its strategy
// here where it asks for that.
RunRecord describe_run(RunStore& store, StudyConfig& study) {
  RunRecord run = run_subject(store, study);
  refuse_before_hashing(store, study, run);
  std::vector<InputContent> inputs = {{"model", store.content_hash(model_folder(study))}};
  for (const TaskEntry& entry : study.tasks) {
    inputs.push_back({concat("task/", entry.key), run.data.at(entry.key)});
    if (const auto& terminology = entry.task.data.terminology) {
      inputs.push_back({concat("terminology/", entry.key), store.content_hash(*terminology)});
    }
    run.name += concat(run.name.empty() ? "" : "+", entry.key);
  }
  run.strategy = short_strategy(study.strategy.name);
  if (study.strategy.architecture.inherit_from) {
    std::string parent;
    study = inherit_from_store(store, study, run, &parent);
    run.details["inherits"] = parent;
  }
  if (study.token_control) {
    const MatchedBudget budget = matched_budget(store, *study.token_control, run);
    run.details["token_control"] = to_json_object(budget);
    run.strategy += concat("@", budget.strategy);
    inputs.push_back({"token_budget", std::to_string(budget.tokens)});
  }
  run.name = concat(run.strategy, " ", run.model, " ", study.tasks.size() > 3 ? "all tasks" : run.name);
  run.identity = run_identity(config_json(study), inputs);
  run.id = run_id(run.identity);
  run.folder = run.id;
  return run;
}

std::string override_text(const std::vector<std::string>& overrides) {
  std::string text;
  for (const std::string& word : overrides) text += concat("- ", nlohmann::json(word).dump(), "\n");
  return text.empty() ? "[]\n" : text;
}

class ExperimentRun {
 public:
  explicit ExperimentRun(const RunRequest& request)
      : request_(request),
        store_(request.study.output.dir),
        record_(describe_run(store_, request_.study)),
        folder_(RunFolder::in(request.study.output.dir, record_.id)),
        checkpoints_(folder_.checkpoints(), request.study.output.keep_checkpoints),
        progress_(stderr, request.quiet, 10, request.shelf != nullptr ? record_.name : "") {
    experiment_.study = request_.study;
    experiment_.shelf = request_.shelf;
    if (record_.details.contains("token_control")) {
      experiment_.token_budget = record_.details["token_control"]["budget"].get<std::int64_t>();
    }
  }

  RunSummary run() {
    const std::optional<RunRecord> known = store_.find(record_.identity);
    // Before the run is claimed, and not recorded: on a larger card it can still be trained.
    if (!known || known->status != RunStatus::finished) refuse_without_memory(experiment_.study);
    const Claim claim = store_.begin(record_, request_.retry_failed);
    if (claim == Claim::finished) return recorded(RunOutcome::skipped, "done before");
    if (claim == Claim::busy) return recorded(RunOutcome::busy, "another process trains it");
    if (claim == Claim::failed) return recorded(RunOutcome::failed_before, "failed before; --retry-failed tries again");
    try {
      RunSummary summary = train_and_score();
      summary.run = store_.find(record_.identity).value_or(record_);
      return summary;
    } catch (const std::exception& error) {
      record_.status = RunStatus::failed;
      record_.reason = error.what();
      store_.update(record_);
      throw;
    }
  }

 private:
  RunSummary train_and_score();
  void prepare();
  void save_description() const;
  TrainerHooks hooks(RunLog& log);
  void announce();
  void record_counts(const Trainer& trainer);
  void record_details(const Trainer& trainer);
  RunSummary recorded(RunOutcome outcome, const std::string& note) const;
  RunSummary stopped(StopReason reason, const Trainer& trainer);
  RunSummary score(const Trainer& trainer);
  nlohmann::json describe_device(const Trainer& trainer) const;
  std::string describe_sharing(const Trainer& trainer, Json& record);
  std::vector<std::string> phase_names() const;
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  RunRequest request_;
  RunStore store_;
  RunRecord record_;
  RunFolder folder_;
  CheckpointSet checkpoints_;
  Progress progress_;
  Experiment experiment_;
  double loading_seconds_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What prediction needs beside a checkpoint.
void ExperimentRun::save_description() const {
  nlohmann::json inventories;
  for (const Part& part : experiment_.network->parts()) inventories[part.name] = part.head->inventory();
  write_file_atomic(folder_.root() / "heads.json", inventories.dump(1));
}

RunSummary ExperimentRun::recorded(RunOutcome outcome, const std::string& note) const {
  RunSummary summary;
  summary.outcome = outcome;
  summary.exit = outcome == RunOutcome::skipped ? ExitCode::done : ExitCode::failed;
  summary.run = store_.find(record_.identity).value_or(record_);
  if (outcome == RunOutcome::skipped && std::filesystem::exists(folder_.scores())) {
    summary.record = Json::parse(read_file(folder_.scores()));
  }
  summary.record["id"] = record_.id;
  summary.record["note"] = note;
  if (!summary.run.reason.empty()) summary.record["reason"] = summary.run.reason;
  summary.table = concat(summary.record.value("table", concat("run ", record_.id, " | ", record_.name, "\n")), "(",
                         note, summary.run.reason.empty() ? "" : ": ", summary.run.reason, ")\n");
  return summary;
}

void ExperimentRun::prepare() {
  experiment_.tasks = load_tasks(experiment_.study, {"train", "dev", "test"});
  experiment_.placement = place_training(experiment_.study);
  const double before = seconds();
  build_network(experiment_);
  loading_seconds_ = seconds() - before;
  // The plan knows no heads, which the data make: values, gradients and both moments in fp32.
  const double heads = 16 * static_cast<double>(experiment_.network->head_parameters());
  experiment_.placement->memory.memory.trained += heads;
  experiment_.placement->memory.needed += heads;
  encode_training(experiment_);
  folder_.prepare(canonical_yaml(experiment_.study), override_text(request_.overrides));
  save_description();
  checkpoints_.clean();
}

TrainerHooks ExperimentRun::hooks(RunLog& log) {
  TrainerHooks hooks;
  // A phase is judged by its own tasks; evaluate_tasks gives them in the order of training.
  std::vector<std::size_t> order;
  for (const auto& tasks : experiment_.plan.phases) order.insert(order.end(), tasks.begin(), tasks.end());
  hooks.evaluate = [this](std::size_t phase) {
    return mean_of(dev_scores(experiment_, experiment_.plan.phases[phase]));
  };
  hooks.evaluate_tasks = [this, order] { return dev_scores(experiment_, order); };
  hooks.log = [&log](const nlohmann::json& line) { log.append(line); };
  hooks.checkpoint = [this, &log](std::int64_t step, bool best, const auto& write) {
    log.sync();
    checkpoints_.commit(step, write, best);
  };
  return hooks;
}

void ExperimentRun::announce() {
  const std::vector<Part>& parts = experiment_.network->parts();
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const HeadCounts& counts = experiment_.counts[part];
    if (counts.lost > 0) {
      progress_.line(concat(parts[part].name, ": ", counts.lost, " of ", counts.gold, " gold items cannot be ",
                            why_lost(head_of(experiment_.tasks, parts[part].name))));
    }
    if (counts.cut > 0) {
      progress_.line(concat(parts[part].name, ": ", counts.cut, " of ", counts.texts,
                            " training texts are longer than task.preprocessing.max_seq_len and were cut, by ",
                            counts.cut_tokens / counts.cut, " tokens on average"));
    }
  }
  const Placement& place = *experiment_.placement;
  progress_.line(concat(place.gpu.title, ", ", dtype_name(place.trunk.dtype), place.trunk.nf4 ? ", NF4" : "", ": ",
                        plan_text(place.memory, place.model, place.gpu)));
  const Network& network = *experiment_.network;
  const std::int64_t cross_level = network.cross_level_parameters();
  progress_.line(concat(network.adapters().summary(),
                        cross_level > 0 ? concat("; cross-level attention: ", with_separators(cross_level)) : "",
                        "; heads: ", with_separators(network.head_parameters()), " parameters"));
}

// Parameters and tokens, which a stopped run has too.
void ExperimentRun::record_counts(const Trainer& trainer) {
  const Network& network = *experiment_.network;
  record_.parameters_active = network.active_parameters();
  record_.parameters_total = network.total_parameters();
  for (std::size_t p = 0; p < network.parts().size(); ++p) {
    const TokenCount& count = trainer.tokens().of(p);
    record_.tokens[network.parts()[p].name] = {count.fed, count.loss_bearing, count.trunk};
  }
}

// Where it trained, how fast (dev scores, loading and checkpoints left out) and in how much memory.
nlohmann::json ExperimentRun::describe_device(const Trainer& trainer) const {
  const Placement& place = *experiment_.placement;
  return {{"name", place.gpu.title},
          {"dtype", dtype_name(place.trunk.dtype)},
          {"nf4", place.trunk.nf4},
          {"micro_batch_tokens", trainer.micro_batch_tokens()},
          {"recomputed_blocks", place.memory.settings.recomputed_blocks},
          {"largest_pack", trainer.largest_pack()},
          {"planned_bytes", place.memory.memory.tensors()},
          {"peak_bytes", peak_tensor_bytes(place.device)},
          {"loading_seconds", loading_seconds_},
          {"tokens_per_second", trainer.tokens_per_second()}};
}

void ExperimentRun::record_details(const Trainer& trainer) {
  nlohmann::json& details = record_.details;
  details["dev"] = trainer.dev_score();
  details["steps"] = trainer.step();
  details["best_step"] = trainer.early_stopping().best_step();
  details["seconds"] = seconds();
  details["heads"] = experiment_.network->head_parameters();
  details["device"] = describe_device(trainer);
  if (experiment_.token_budget) {
    details["token_control"]["difference"] = *experiment_.token_budget - trainer.tokens().total().fed;
  }
}

RunSummary ExperimentRun::stopped(StopReason reason, const Trainer& trainer) {
  record_.status = RunStatus::stopped;
  record_.reason = reason == StopReason::time_limit ? "time limit" : "signal";
  store_.update(record_);
  RunSummary summary;
  summary.outcome = RunOutcome::stopped;
  summary.exit = exit_code(reason);
  summary.record = {{"id", record_.id}, {"status", "stopped"}, {"step", trainer.step()}};
  summary.table = concat("stopped at step ", trainer.step(), " after saving; the same command goes on from there\n");
  return summary;
}

std::vector<std::string> ExperimentRun::phase_names() const {
  std::vector<std::string> names;
  for (const auto& tasks : experiment_.plan.phases) {
    for (const std::size_t t : tasks) names.push_back(experiment_.tasks[t].key);
  }
  return names;
}

// Conflicts of gradients and transfer between phases, where the strategy has them; the same for people.
std::string ExperimentRun::describe_sharing(const Trainer& trainer, Json& record) {
  std::string notes;
  if (const auto conflicts = conflict_json(folder_.metrics(), part_names(*experiment_.network))) {
    record_.details["conflict_rate"] = (*conflicts)["rate"];
    record["conflicts"] = *conflicts;
    notes += concat("\n", conflict_table(*conflicts));
  }
  if (trainer.several_phases()) {
    const Json transfer = transfer_json(phase_names(), trainer.task_scores(), trainer.untrained_scores());
    for (const char* key : {"backward", "forward"}) record_.details[concat(key, "_transfer")] = transfer.at(key);
    record_.details["mean_forgetting"] = transfer.at("mean_forgetting");
    record["transfer"] = transfer;
    notes += concat("\n", transfer_table(transfer));
  }
  return notes;
}

RunSummary ExperimentRun::score(const Trainer& trainer) {
  if (const std::optional<Checkpoint> best = checkpoints_.best()) load_parameters(*experiment_.network, best->folder);
  tune_heads(experiment_);
  save_description();
  const TestScores scores = score_test(experiment_, folder_);
  write_per_document(folder_.per_document(), scores.documents);
  record_.score = scores.mean;
  record_.metrics = scores.metrics;
  record_details(trainer);
  const nlohmann::json& details = record_.details;
  RunSummary summary;
  summary.record = {{"tasks", scores.tasks}, {"id", record_.id}, {"folder", folder_.root().string()}};
  for (const char* key : {"steps", "best_step", "dev", "seconds"}) summary.record[key] = details.at(key);
  summary.record["tokens"] = trainer.tokens().json();
  summary.record["parameters"] = {
      {"active", record_.parameters_active}, {"total", record_.parameters_total}, {"heads", details.at("heads")}};
  summary.record["device"] = details.at("device");
  summary.record["skipped_steps"] = trainer.skipped_steps();
  const std::string notes = describe_sharing(trainer, summary.record);
  summary.table =
      concat("run ", record_.id, " | ", record_.name, "\n", scores.table, notes, notes.empty() ? "" : "\n", "best dev ",
             fixed(details["dev"].get<double>(), 4), " at step ", trainer.early_stopping().best_step(), " of ",
             trainer.step(), "; ", with_separators(trainer.tokens().total().fed), " tokens; ",
             fixed(details["seconds"].get<double>(), 0), " s; files in ", folder_.root().string(), "\n");
  summary.record["table"] = summary.table;
  if (details.contains("token_control")) summary.record["token_control"] = details["token_control"];
  return summary;
}

RunSummary ExperimentRun::train_and_score() {
  prepare();
  const std::optional<Checkpoint> newest = checkpoints_.newest();
  RunLog log(folder_, newest ? newest->step : 0, experiment_.study.output.tensorboard);
  Trainer trainer(*experiment_.network, experiment_.training, trainer_options(experiment_), hooks(log));
  if (newest) {
    trainer.load(newest->folder);
    progress_.line(concat("resumed at step ", newest->step));
  }
  announce();
  const StopRequest stop(experiment_.study.train.time_limit);
  const StopReason reason = trainer.run(progress_, stop);
  record_counts(trainer);
  if (reason != StopReason::none) return stopped(reason, trainer);
  RunSummary summary = score(trainer);
  write_file_atomic(folder_.scores(), summary.record.dump(1));
  write_file_atomic(folder_.report(), summary.table);
  record_.status = RunStatus::finished;
  store_.update(record_);
  return summary;
}

}  // namespace

RunSummary run_experiment(const RunRequest& request) { return ExperimentRun(request).run(); }

}  // namespace polyclinic
