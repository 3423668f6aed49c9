#include "cli/experiment_score.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/concat.h"
#include "eval/baselines.h"
#include "report/text_table.h"
#include "store/paired_test.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

bool has_mention_scores(const LoadedTask& task) {
  return !task.definition->mention_scores.empty() && !task.options->head;
}

// What the parts that read mentions are worth by themselves, and after the mentions of the first part.
void score_mentions(Experiment& experiment, const LoadedTask& task, const Split& predicted, const RunFolder& folder,
                    Json& result) {
  const Split given = predict_on_gold_entities(experiment, task, task.test);
  if (experiment.study.output.predictions) {
    task.definition->write(task.data, given, folder.predictions(task.key, "test_on_gold_entities"));
  }
  for (const MentionScore& wanted : task.definition->mention_scores) {
    TaskData data = task.data;
    data.subtask = wanted.subtask;
    for (const auto& [key, split] : {std::pair("on_gold_entities", &given), {"on_predicted_entities", &predicted}}) {
      const ScoreReport report = task.definition->score(data, task.test, *split);
      result[key][wanted.name] = {{"metric", report.primary_name}, {"value", report.primary}};
    }
  }
}

// A line a task; below, a line for each score of parts that read mentions.
std::string score_table(const Json& tasks) {
  std::vector<TextRow> rows = {{"TASK", "METRIC", "SCORE", "MAJORITY", "SIMPLE BASELINE"}};
  std::vector<TextRow> parts = {{"TASK", "PART", "METRIC", "ON GOLD ENTITIES", "ON PREDICTED ENTITIES"}};
  for (const auto& [task, result] : tasks.items()) {
    rows.push_back({task, result["metric"].get<std::string>(), score_text(result["value"].get<double>()),
                    score_text(result["majority"].get<double>()),
                    concat(score_text(result["simple"]["value"].get<double>()), " ",
                           result["simple"]["name"].get<std::string>())});
    if (!result.contains("on_gold_entities")) continue;
    for (const auto& [name, score] : result["on_gold_entities"].items()) {
      parts.push_back({task, name, score["metric"].get<std::string>(), score_text(score["value"].get<double>()),
                       score_text(result["on_predicted_entities"][name]["value"].get<double>())});
    }
  }
  return concat(text_table(rows, {2, 3}), parts.size() > 1 ? "\n" + text_table(parts, {3, 4}) : "");
}

// Is the primary number the mean of the documents' sums, and not F1 of their counts? A scorer may fill both.
bool is_mean(const ScoreReport& report) {
  double tp = 0, predicted = 0, gold = 0, sum = 0, items = 0;
  for (const DocumentCount& d : report.documents) {
    tp += d.true_positive, predicted += d.predicted, gold += d.gold, sum += d.sum, items += d.items;
  }
  const auto is_primary = [&](double value) { return std::abs(value - report.primary) < 1e-9; };
  const double f1 = micro_f1(tp, predicted - tp, gold - tp);
  return items > 0 && is_primary(sum / items) && !is_primary(f1);
}

Json score_task(Experiment& experiment, const LoadedTask& task, const RunFolder& folder, TestScores& all) {
  const Split predicted = predict_split(experiment, task, task.test);
  if (experiment.study.output.predictions) {
    task.definition->write(task.data, predicted, folder.predictions(task.key, "test"));
  }
  const ScoreReport report = task.definition->score(task.data, task.test, predicted);
  const bool mean = is_mean(report);
  for (const DocumentCount& d : report.documents) {
    all.documents.push_back({task.key, d.id, d.true_positive, d.predicted - d.true_positive, d.gold - d.true_positive,
                             mean ? d.sum : 0, mean ? d.items : 0});
  }
  Json result = {{"metric", report.primary_name}, {"value", report.primary}, {"scores", report.json}};
  const auto baseline = [&](const Split& split) { return task.definition->score(task.data, task.test, split).primary; };
  if (has_mention_scores(task)) score_mentions(experiment, task, predicted, folder, result);
  result["majority"] = baseline(majority_baseline(task.training, task.test));
  const SimpleBaseline simple = simple_baseline(task.training, task.test);
  result["simple"] = {{"name", simple.name}, {"value", baseline(simple.predicted)}};
  all.metrics[task.key] = {{"primary", report.primary_name}, {report.primary_name, report.primary}};
  return result;
}

}  // namespace

std::vector<double> dev_scores(Experiment& experiment, const std::vector<std::size_t>& tasks) {
  std::vector<double> scores;
  for (const std::size_t t : tasks) {
    const LoadedTask& task = experiment.tasks[t];
    scores.push_back(task.definition->score(task.data, task.dev, tune_and_predict_dev(experiment, task)).primary);
  }
  return scores;
}

void tune_heads(Experiment& experiment) {
  for (const LoadedTask& task : experiment.tasks) {
    const auto tunes = [&](std::size_t part) { return experiment.network->parts()[part].head->tunes(); };
    if (std::any_of(task.parts.begin(), task.parts.end(), tunes)) tune_and_predict_dev(experiment, task);
  }
}

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TestScores score_test(Experiment& experiment, const RunFolder& folder) {
  TestScores all;
  std::vector<double> values;
  for (const LoadedTask& task : experiment.tasks) {
    all.tasks[task.key] = score_task(experiment, task, folder, all);
    values.push_back(all.tasks[task.key]["value"].get<double>());
  }
  all.table = score_table(all.tasks);
  all.mean = mean_of(values);
  return all;
}

}  // namespace polyclinic
