#pragma once
// Scores of an experiment's network: on dev while it trains, on test at the end, and the table for people.
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/experiment.h"
#include "store/metrics_log.h"
#include "store/run_folder.h"

namespace polyclinic {

// Primary metric on dev of each of `tasks` (indices into experiment.tasks).
std::vector<double> dev_scores(Experiment& experiment, const std::vector<std::size_t>& tasks);
// Heads that tune by dev do it for the parameters that are kept; before test.
void tune_heads(Experiment& experiment);
double mean_of(const std::vector<double>& values);

struct TestScores {
  // task -> {"metric", "value", "scores": the scorer's own, "majority", "simple": {"name", "value"}}; where parts read
  // mentions also "on_gold_entities" and "on_predicted_entities": name of the score ("relations") -> {"metric",
  // "value"}
  nlohmann::ordered_json tasks;
  nlohmann::json metrics = nlohmann::json::object();  // as RunRecord::metrics
  std::vector<DocumentCounts> documents;
  double mean = 0;    // of the tasks' primary metrics
  std::string table;  // one line a task, and one for each score of parts that read mentions
};

// Predicts and scores the test splits; writes predictions into `folder` when output.predictions: of `test`, and of
// `test_on_gold_entities` where the gold mentions were given.
TestScores score_test(Experiment& experiment, const RunFolder& folder);

}  // namespace polyclinic
