#pragma once
// Runs one after another: those that failed are recorded and the others go on; those that another process has are
// waited for; those that look others up in the store come last.
#include <string>
#include <vector>

#include "cli/experiment_run.h"
#include "cli/run_list.h"
#include "report/study_table.h"

namespace polyclinic {

struct QueueOptions {
  bool quiet = false;  // no progress and no line for each run
  bool retry_failed = false;
  bool throw_alone = true;  // the error of the only run is thrown on
  bool tables = true;       // print each run's table on stdout as it ends
  // Runs that train at a time, each on a thread of its own, over one copy of their base (co-training).
  std::size_t side_by_side = 1;
};

// One job of a sweep, or the one job of a plain run.
struct QueueJob {
  std::size_t number = 0;
  std::vector<std::string> overrides;
  std::vector<PlannedRun> runs;
};

struct QueueResult {
  std::size_t job = 0;
  std::string name;
  bool failed = false;
  std::string status;  // finished, skipped, stopped, failed
  std::string reason;
  std::string same_as;  // name of the run whose result this is: the same work under another name
  ExitCode exit = ExitCode::done;
  RunSummary summary;
};

// Results in the order of the jobs. What a run gives does not depend on side_by_side, as long as train.threads is set:
// nothing of one reaches another, and its sums are those of the run alone. A signal ends the queue: what was not begun
// is left out. Runs that differ in the strategy's name alone (S3a and A4 of the study) are trained once.
std::vector<QueueResult> run_queue(const std::vector<QueueJob>& jobs, const QueueOptions& options);

// 0, or 1 when a run failed, or 130/143 when a run was stopped.
ExitCode exit_of(const std::vector<QueueResult>& results);

// The job's overrides that are not the same in every job.
std::vector<std::string> differing_overrides(const std::vector<QueueJob>& jobs, const QueueJob& job);

// One line a run: job, id, name, status, score, seconds or reason.
std::string queue_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results);

// Lines of the study's table: the runs of one strategy of a job stand in one line.
StudyTable queue_study_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results);

}  // namespace polyclinic
