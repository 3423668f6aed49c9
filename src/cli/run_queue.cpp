#include "cli/run_queue.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "cli/experiment.h"
#include "cli/trunk_shelf.h"
#include "core/concat.h"
#include "report/text_table.h"

namespace polyclinic {
namespace {

struct Item {
  const QueueJob* job = nullptr;
  const PlannedRun* run = nullptr;
  const Item* twin = nullptr;  // an earlier item that differs in the strategy's name alone: its run is this one's too
  bool done = false;
  QueueResult result;
};

void announce(const Item& item, const QueueOptions& options, const std::string& what) {
  if (!options.quiet)
    std::fprintf(stderr, "polyclinic: job %zu: %s: %s\n", item.job->number, item.run->name.c_str(), what.c_str());
}

void note_failure(Item& item, const std::string& reason, ExitCode exit) {
  item.done = true;
  item.result.failed = true;
  item.result.status = "failed";
  item.result.reason = reason;
  item.result.exit = exit;
  std::fprintf(stderr, "polyclinic: job %zu: %s failed: %s\n", item.job->number, item.run->name.c_str(),
               reason.c_str());
}

// False: another process has the run.
bool train(Item& item, const QueueOptions& options, bool alone, TrunkShelf* shelf) {
  try {
    RunSummary summary =
        run_experiment({item.run->study, item.job->overrides, options.quiet, options.retry_failed, shelf});
    if (summary.outcome == RunOutcome::busy) return false;
    item.done = true;
    item.result.exit = summary.exit;
    switch (summary.outcome) {
      case RunOutcome::finished:
        item.result.status = "finished";
        break;
      case RunOutcome::skipped:
        item.result.status = "skipped";
        break;
      case RunOutcome::stopped:
        item.result.status = "stopped";
        break;
      default:
        item.result.failed = true;
        item.result.status = "failed before";
        item.result.reason = summary.run.reason;
    }
    if (options.tables) std::fputs(summary.table.c_str(), stdout);
    std::fflush(stdout);
    item.result.summary = std::move(summary);
  } catch (const Error& error) {
    if (alone) throw;
    note_failure(item, error.what(), error.code());
  } catch (const std::exception& error) {
    if (alone) throw;
    note_failure(item, error.what(), ExitCode::failed);
  }
  return true;
}

// What one pass over the items has found.
struct Pass {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> progress = false, waiting = false, stopped = false;
};

// Takes items until none is left or a run was stopped. Several threads may share a pass.
void take_items(Pass& pass, const std::vector<Item*>& items, const QueueOptions& options, bool alone, bool announced,
                TrunkShelf* shelf) {
  for (std::size_t i = pass.next++; i < items.size() && !pass.stopped; i = pass.next++) {
    Item& item = *items[i];
    if (!train(item, options, alone, shelf)) {
      if (!announced) announce(item, options, "another process trains it: left for later");
      pass.waiting = true;
      continue;
    }
    pass.progress = true;
    if (item.result.status == "stopped") pass.stopped = true;
  }
}

void take_side_by_side(Pass& pass, const std::vector<Item*>& items, const QueueOptions& options, bool announced,
                       TrunkShelf& shelf) {
  const auto workers = static_cast<int>(std::min(options.side_by_side, items.size()));
  const int threads = std::max(1, at::get_num_threads() / std::max(1, workers));
  std::vector<std::jthread> pool;
  for (int w = 0; w < workers; ++w) {
    pool.emplace_back([&] {
      at::set_num_threads(threads);
      take_items(pass, items, options, false, announced, &shelf);
    });
  }
}

// Until every item of the phase is done. False: a run was stopped.
bool run_phase(std::vector<Item>& all, bool looks_up, const QueueOptions& options, TrunkShelf& shelf) {
  for (bool announced = false;; announced = true) {
    std::vector<Item*> items;
    for (Item& item : all) {
      if (!item.done && item.twin == nullptr && item.run->looks_up == looks_up) items.push_back(&item);
    }
    Pass pass;
    if (options.side_by_side > 1 && items.size() > 1) {
      take_side_by_side(pass, items, options, announced, shelf);
    } else {
      take_items(pass, items, options, options.throw_alone && all.size() == 1, announced, nullptr);
    }
    if (pass.stopped) return false;
    if (!pass.waiting) return true;
    if (!pass.progress) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

// The configuration of a run but for what its strategy is called.
std::string nameless(const StudyConfig& study) {
  nlohmann::json config = config_json(study);
  for (const char* key : {"name", "description"}) config["strategy"].erase(key);
  return config.dump();
}

void find_twins(std::vector<Item>& items) {
  std::map<std::string, const Item*> first;
  for (Item& item : items) {
    const auto [place, fresh] = first.try_emplace(nameless(item.run->study), &item);
    if (!fresh) item.twin = place->second;
  }
}

// What the twin's run gave, under the item's own names.
void take_over(Item& item) {
  const std::size_t job = item.result.job;
  item.result = item.twin->result;
  item.done = item.twin->done;
  item.result.job = job;
  item.result.name = item.run->name;
  item.result.same_as = item.twin->run->name;
  std::string& strategy = item.result.summary.run.strategy;  // "S3a", "S1@S3b"
  if (!strategy.empty()) strategy.replace(0, strategy.find('@'), short_strategy(item.run->name));
  if (item.result.status == "finished") item.result.status = "skipped";
}

// `but` leaves out those that begin so.
std::string differing(const std::vector<QueueJob>& jobs, const QueueJob& job, const std::string& but) {
  std::string out;
  for (const std::string& word : differing_overrides(jobs, job)) {
    if (but.empty() || !word.starts_with(but)) out += concat(out.empty() ? "" : " ", word);
  }
  return out;
}

}  // namespace

std::vector<QueueResult> run_queue(const std::vector<QueueJob>& jobs, const QueueOptions& options) {
  std::vector<Item> items;
  for (const QueueJob& job : jobs) {
    for (const PlannedRun& run : job.runs) {
      items.push_back({&job, &run});
      items.back().result.job = job.number;
      items.back().result.name = run.name;
    }
  }
  find_twins(items);
  TrunkShelf shelf;
  if (run_phase(items, false, options, shelf)) run_phase(items, true, options, shelf);
  std::vector<QueueResult> results;
  for (Item& item : items) {
    if (item.twin != nullptr) take_over(item);
  }
  for (Item& item : items) {
    if (item.done) results.push_back(std::move(item.result));
  }
  return results;
}

ExitCode exit_of(const std::vector<QueueResult>& results) {
  ExitCode exit = ExitCode::done;
  for (const QueueResult& result : results) {
    if (result.status == "stopped") return result.exit;
    if (result.failed) exit = ExitCode::failed;
  }
  return exit;
}

std::vector<std::string> differing_overrides(const std::vector<QueueJob>& jobs, const QueueJob& job) {
  std::vector<std::string> out;
  for (const std::string& word : job.overrides) {
    const bool everywhere = std::all_of(jobs.begin(), jobs.end(), [&](const QueueJob& other) {
      return std::find(other.overrides.begin(), other.overrides.end(), word) != other.overrides.end();
    });
    if (!everywhere) out.push_back(word);
  }
  return out;
}

std::string queue_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results) {
  std::vector<TextRow> rows{{"JOB", "RUN", "NAME", "STATUS", "SCORE", "DEV", "OVERRIDES OR REASON"}};
  for (const QueueResult& result : results) {
    const RunRecord& run = result.summary.run;
    const auto dev = run.detail("dev");
    std::string overrides;
    for (const QueueJob& job : jobs) {
      if (job.number == result.job) overrides = differing(jobs, job, "");
    }
    rows.push_back({std::to_string(result.job), run.id.empty() ? "-" : run.id, result.name, result.status,
                    run.score ? score_text(*run.score) : "-", dev ? score_text(*dev) : "-",
                    result.failed            ? result.reason
                    : result.same_as.empty() ? overrides
                                             : concat(overrides, " (the run of ", result.same_as, ")")});
  }
  return text_table(rows, {0});
}

StudyTable queue_study_table(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results) {
  std::vector<StudyLine> lines;
  std::vector<std::string> tasks;
  for (const QueueJob& job : jobs) {
    const std::string more = differing(jobs, job, "strategy=");  // which the line's label names already
    for (const PlannedRun& planned : job.runs) {
      for (const TaskEntry& entry : planned.study.tasks) {
        if (std::find(tasks.begin(), tasks.end(), entry.key) == tasks.end()) tasks.push_back(entry.key);
      }
    }
    std::map<std::string, std::size_t> line_of;
    for (const QueueResult& result : results) {
      if (result.job != job.number) continue;
      const std::string strategy = short_strategy(result.name);
      const auto [place, fresh] = line_of.try_emplace(strategy, lines.size());
      if (fresh) lines.emplace_back();
      StudyLine& line = lines[place->second];
      // "S1@S3b" under token control; a run that failed early has no record that says so.
      const std::string& recorded = result.summary.run.strategy;
      if (line.label.empty() || !recorded.empty()) {
        line.label = concat(recorded.empty() ? strategy : recorded, more.empty() ? "" : " ", more);
      }
      if (result.status == "finished" || result.status == "skipped") {
        line.runs.push_back(result.summary.run);
      } else {
        line.problem = result.status;
      }
    }
  }
  return study_table(lines, tasks);
}

}  // namespace polyclinic
