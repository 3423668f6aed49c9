#include "cli/experiment_score.h"

#include <cstdio>
#include <numeric>

#include "eval/baselines.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

Json score_task(Experiment& experiment, const LoadedTask& task, const RunFolder& folder, TestScores& all) {
  const Split predicted = predict_split(experiment, task, task.test);
  if (experiment.study.output.predictions) {
    task.definition->write(task.data, predicted, folder.predictions(task.key, "test"));
  }
  const ScoreReport report = task.definition->score(task.data, task.test, predicted);
  for (const DocumentCount& d : report.documents) {
    all.documents.push_back({task.key, d.id, d.true_positive, d.predicted - d.true_positive, d.gold - d.true_positive});
  }
  Json result = {{"metric", report.primary_name}, {"value", report.primary}, {"scores", report.json}};
  const auto baseline = [&](const Split& split) { return task.definition->score(task.data, task.test, split).primary; };
  result["majority"] = baseline(majority_baseline(task.training, task.test));
  result["gazetteer"] = baseline(gazetteer_baseline(task.training, task.test));
  all.metrics[task.key] = {{"primary", report.primary_name}, {report.primary_name, report.primary}};
  return result;
}

}  // namespace

std::vector<double> dev_scores(Experiment& experiment) {
  std::vector<double> scores;
  for (const LoadedTask& task : experiment.tasks) {
    scores.push_back(task.definition->score(task.data, task.dev, predict_split(experiment, task, task.dev)).primary);
  }
  return scores;
}

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TestScores score_test(Experiment& experiment, const RunFolder& folder) {
  TestScores all;
  std::vector<double> values;
  all.table = "task              metric          score  gazetteer  majority\n";
  for (const LoadedTask& task : experiment.tasks) {
    const Json result = score_task(experiment, task, folder, all);
    values.push_back(result["value"].get<double>());
    char line[160];
    std::snprintf(line, sizeof(line), "%-17s %-13s %7.4f  %9.4f  %8.4f\n", task.key.c_str(),
                  result["metric"].get<std::string>().c_str(), values.back(), result["gazetteer"].get<double>(),
                  result["majority"].get<double>());
    all.table += line;
    all.tasks[task.key] = result;
  }
  all.mean = mean_of(values);
  return all;
}

}  // namespace polyclinic
