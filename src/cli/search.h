#pragma once
// `hp_search`: jobs of a hyperparameter search, and its results best first.
#include <string>
#include <vector>

#include "cli/run_queue.h"

namespace polyclinic {

// Grid and random: a job a configuration, numbered from `first`. `overrides`: those of the experiment. Says on stderr
// how many configurations there are and what is not searched. InputError for a suite or token control beside it.
std::vector<QueueJob> search_jobs(const StudyConfig& study, const std::vector<std::string>& overrides,
                                  std::size_t first);

// ASHA: trains as it goes. The jobs it ran, in order, are appended to `jobs`.
std::vector<QueueResult> run_halving(const StudyConfig& study, const std::vector<std::string>& overrides,
                                     const QueueOptions& options, std::vector<QueueJob>& jobs);

// Mean score on dev of a job's runs; absent when one has none.
std::optional<double> dev_of(const QueueJob& job, const std::vector<QueueResult>& results);

// Best first by dev: place, dev, test score, tokens, steps, job, configuration.
std::string search_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results);
nlohmann::ordered_json search_json(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results);

}  // namespace polyclinic
