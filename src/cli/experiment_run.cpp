#include "cli/experiment_run.h"

#include <chrono>
#include <cstdio>
#include <sstream>

#include "cli/experiment.h"
#include "cli/matched_budget.h"
#include "cli/run_list.h"
#include "config/schema.h"
#include "core/concat.h"
#include "core/files.h"
#include "eval/baselines.h"
#include "store/checkpoint_set.h"
#include "store/event_writer.h"
#include "store/identity.h"
#include "store/metrics_log.h"
#include "store/run_folder.h"
#include "store/run_store.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

// The record as it is known before training: identity of configuration, data and weights.
RunRecord describe_run(RunStore& store, const StudyConfig& study) {
  RunRecord run;
  std::vector<InputContent> inputs = {{"model", store.content_hash(model_folder(study))}};
  for (const TaskEntry& entry : study.tasks) {
    const std::string hash = store.content_hash(entry.task.data.path.value_or(""));
    run.data[entry.key] = hash;
    inputs.push_back({concat("task/", entry.key), hash});
    run.name += concat(run.name.empty() ? "" : "+", entry.key);
  }
  run.model = study.model.short_name;
  run.strategy = short_strategy(study.strategy.name);
  run.seed = study.seed.data == study.seed.init && study.seed.init == study.seed.dropout
                 ? std::to_string(study.seed.data)
                 : concat(study.seed.data, ",", study.seed.init, ",", study.seed.dropout);
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

void log_events(EventWriter& events, const nlohmann::json& line) {
  const std::int64_t step = line.at("step").get<std::int64_t>();
  std::vector<std::pair<std::string, double>> values;
  for (const char* key : {"loss", "learning_rate", "gradient_norm", "dev", "conflict_rate"}) {
    if (line.contains(key)) values.emplace_back(key, line.at(key).get<double>());
  }
  if (line.contains("task_loss")) {
    for (const auto& [task, loss] : line.at("task_loss").items()) {
      values.emplace_back("loss/" + task, loss.get<double>());
    }
  }
  if (line.contains("step_tokens")) values.emplace_back("tokens/step", line["step_tokens"].get<double>());
  if (line.contains("tokens")) {
    const nlohmann::json& tokens = line["tokens"];
    if (tokens.contains("total")) values.emplace_back("tokens", tokens["total"]["fed"].get<double>());
    if (tokens.contains("tasks")) {
      for (const auto& [task, count] : tokens["tasks"].items()) {
        values.emplace_back("tokens/" + task, count["fed"].get<double>());
      }
    }
  }
  events.scalars(step, values);
}

// Mean of one number over the lines of metrics.jsonl that have it.
std::optional<double> mean_of(const std::filesystem::path& metrics, const char* key) {
  double sum = 0, count = 0;
  std::istringstream lines(read_file(metrics));
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    if (!json.contains(key) || !json[key].is_number()) continue;
    sum += json[key].get<double>();
    count += 1;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
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
        record_(describe_run(store_, request.study)),
        folder_(RunFolder::in(request.study.output.dir, record_.id)),
        checkpoints_(folder_.checkpoints(), request.study.output.keep_checkpoints),
        progress_(stderr, request.quiet) {
    experiment_.study = request.study;
    if (record_.details.contains("token_control")) {
      experiment_.token_budget = record_.details["token_control"]["budget"].get<std::int64_t>();
    }
  }

  RunSummary run() {
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
  double dev_score();
  void score(RunSummary& summary);
  Json score_task(const LoadedTask& task, std::vector<DocumentCounts>& documents);
  RunSummary recorded(RunOutcome outcome, const std::string& note) const;
  void save_description() const;
  void record_details(const Trainer& trainer, double seconds);

  const RunRequest& request_;
  RunStore store_;
  RunRecord record_;
  RunFolder folder_;
  CheckpointSet checkpoints_;
  Progress progress_;
  Experiment experiment_;
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

double ExperimentRun::dev_score() {
  double sum = 0;
  for (const LoadedTask& task : experiment_.tasks) {
    sum += task.definition->score(task.data, task.dev, predict_split(experiment_, task, task.dev)).primary;
  }
  return sum / static_cast<double>(experiment_.tasks.size());
}

Json ExperimentRun::score_task(const LoadedTask& task, std::vector<DocumentCounts>& documents) {
  const Split predicted = predict_split(experiment_, task, task.test);
  if (experiment_.study.output.predictions) {
    task.definition->write(task.data, predicted, folder_.predictions(task.key, "test"));
  }
  const ScoreReport report = task.definition->score(task.data, task.test, predicted);
  for (const DocumentCount& d : report.documents) {
    documents.push_back({task.key, d.id, d.true_positive, d.predicted - d.true_positive, d.gold - d.true_positive});
  }
  Json result = {{"metric", report.primary_name}, {"value", report.primary}, {"scores", report.json}};
  const auto baseline = [&](const Split& split) { return task.definition->score(task.data, task.test, split).primary; };
  result["majority"] = baseline(majority_baseline(task.training, task.test));
  result["gazetteer"] = baseline(gazetteer_baseline(task.training, task.test));
  record_.metrics[task.key] = {{"primary", report.primary_name}, {report.primary_name, report.primary}};
  return result;
}

void ExperimentRun::score(RunSummary& summary) {
  std::vector<DocumentCounts> documents;
  double sum = 0;
  std::string table = concat("run ", record_.id, " | ", record_.name, "\n",
                             "task              metric          score  gazetteer  majority\n");
  for (const LoadedTask& task : experiment_.tasks) {
    const Json result = score_task(task, documents);
    char line[160];
    std::snprintf(line, sizeof(line), "%-17s %-13s %7.4f  %9.4f  %8.4f\n", task.key.c_str(),
                  result["metric"].get<std::string>().c_str(), result["value"].get<double>(),
                  result["gazetteer"].get<double>(), result["majority"].get<double>());
    table += line;
    summary.record["tasks"][task.key] = result;
    sum += result["value"].get<double>();
  }
  record_.score = sum / static_cast<double>(experiment_.tasks.size());
  write_per_document(folder_.per_document(), documents);
  summary.table = table;
}

void ExperimentRun::record_details(const Trainer& trainer, double seconds) {
  nlohmann::json& details = record_.details;
  details["dev"] = trainer.early_stopping().best().value_or(0);
  details["steps"] = trainer.step();
  details["best_step"] = trainer.early_stopping().best_step();
  details["seconds"] = seconds;
  details["heads"] = experiment_.network->head_parameters();
  if (const auto rate = mean_of(folder_.metrics(), "conflict_rate")) details["conflict_rate"] = *rate;
  if (experiment_.token_budget) {
    details["token_control"]["difference"] = *experiment_.token_budget - trainer.tokens().total().fed;
  }
}

RunSummary ExperimentRun::train_and_score() {
  const auto start = std::chrono::steady_clock::now();
  experiment_.tasks = load_tasks(experiment_.study, {"train", "dev", "test"});
  build_network(experiment_);
  encode_training(experiment_);
  folder_.prepare(canonical_yaml(experiment_.study), override_text(request_.overrides));
  save_description();
  checkpoints_.clean();
  const std::optional<Checkpoint> newest = checkpoints_.newest();
  const std::int64_t resumed = newest ? newest->step : 0;
  MetricsLog metrics(folder_.metrics(), resumed);
  std::unique_ptr<EventWriter> events;
  if (experiment_.study.output.tensorboard) events = std::make_unique<EventWriter>(folder_.events(), resumed);
  TrainerHooks hooks;
  hooks.evaluate = [this] { return dev_score(); };
  hooks.log = [&](const nlohmann::json& line) {
    metrics.append(line);
    if (events) log_events(*events, line);
  };
  hooks.checkpoint = [&](std::int64_t step, bool best, const auto& write) {
    metrics.sync();
    checkpoints_.commit(step, write, best);
  };
  Trainer trainer(*experiment_.network, experiment_.training, trainer_options(experiment_), hooks);
  if (newest) {
    trainer.load(newest->folder);
    progress_.line(concat("resumed at step ", resumed));
  }
  for (std::size_t part = 0; part < experiment_.counts.size(); ++part) {
    const HeadCounts& counts = experiment_.counts[part];
    if (counts.lost > 0) {
      progress_.line(concat(experiment_.network->parts()[part].name, ": ", counts.lost, " of ", counts.gold,
                            " gold mentions cannot be represented"));
    }
  }
  progress_.line(concat(experiment_.network->adapters().summary(), "; heads: ", experiment_.network->head_parameters(),
                        " parameters"));
  const StopRequest stop(experiment_.study.train.time_limit);
  const StopReason reason = trainer.run(progress_, stop);
  RunSummary summary;
  for (std::size_t route = 0; route < experiment_.plan.adapters.routes.size(); ++route) {
    record_.parameters_active =
        std::max(record_.parameters_active, experiment_.network->adapters().active_parameters(route));
  }
  record_.parameters_total = experiment_.network->adapters().total_parameters();
  for (std::size_t p = 0; p < experiment_.network->parts().size(); ++p) {
    const TokenCount& count = trainer.tokens().of(p);
    record_.tokens[experiment_.network->parts()[p].name] = {count.fed, count.loss_bearing, count.trunk};
  }
  if (reason != StopReason::none) {
    record_.status = RunStatus::stopped;
    record_.reason = reason == StopReason::time_limit ? "time limit" : "signal";
    store_.update(record_);
    summary.outcome = RunOutcome::stopped;
    summary.exit = exit_code(reason);
    summary.record = {{"id", record_.id}, {"status", "stopped"}, {"step", trainer.step()}};
    summary.table = concat("stopped at step ", trainer.step(), " after saving; the same command goes on from there\n");
    return summary;
  }
  if (const std::optional<Checkpoint> best = checkpoints_.best()) load_parameters(*experiment_.network, best->folder);
  score(summary);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  summary.record["id"] = record_.id;
  summary.record["folder"] = folder_.root().string();
  summary.record["steps"] = trainer.step();
  summary.record["best_step"] = trainer.early_stopping().best_step();
  summary.record["dev"] = trainer.early_stopping().best().value_or(0);
  summary.record["seconds"] = seconds;
  summary.record["tokens"] = trainer.tokens().json();
  summary.record["parameters"] = {{"active", record_.parameters_active},
                                  {"total", record_.parameters_total},
                                  {"heads", experiment_.network->head_parameters()}};
  summary.record["skipped_steps"] = trainer.skipped_steps();
  summary.table +=
      concat("best dev ", fixed(trainer.early_stopping().best().value_or(0), 4), " at step ",
             trainer.early_stopping().best_step(), " of ", trainer.step(), "; ", trainer.tokens().total().fed,
             " tokens; ", fixed(seconds, 0), " s; files in ", folder_.root().string(), "\n");
  summary.record["table"] = summary.table;
  record_details(trainer, seconds);
  if (record_.details.contains("token_control")) summary.record["token_control"] = record_.details["token_control"];
  write_file_atomic(folder_.scores(), summary.record.dump(1));
  record_.status = RunStatus::finished;
  store_.update(record_);
  return summary;
}

}  // namespace

RunSummary run_experiment(const RunRequest& request) { return ExperimentRun(request).run(); }

}  // namespace polyclinic
