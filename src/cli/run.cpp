// polyclinic run: compose, train, score, record; -m sweeps.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <functional>

#include "cli/parameter_plan.h"
#include "cli/run_queue.h"
#include "cli/search.h"
#include "cli/verb.h"
#include "config/study_check.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "core/files.h"
#include "store/process_mark.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHelp =
    "Words without a dash are overrides in Hydra's grammar: model=tiny task=bc5cdr strategy=s1 train.epochs=3\n"
    "  --json                     print the record as JSON; several runs: {\"runs\", \"table\"}\n"
    "  --quiet                    no progress\n"
    "  --retry-failed             train a run again that failed before\n"
    "  --resume                   go on from the newest checkpoint (always done)\n"
    "  --side-by-side N           train N of several runs at a time over one copy of the base: each task's S1, seeds, "
    "...\n"
    "  -m, --multirun             every job of a sweep, one after another: strategy=s1,s2 seed.data=1,2,3\n"
    "  -cn, -cp, -cd              as in polyclinic config\n"
    "A run that is done is skipped, by its identity. Of several runs those that fail are recorded and the others go "
    "on;\n"
    "the exit code is then 1. Several processes may share one results folder: each run is trained by one of them.";

struct Options {
  bool json = false, quiet = false, retry_failed = false;
  std::size_t side_by_side = 1;
};

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--json") {
      options.json = true;
    } else if (word == "--quiet") {
      options.quiet = true;
    } else if (word == "--retry-failed") {
      options.retry_failed = true;
    } else if (word == "--side-by-side") {
      const std::string count = ++i < words.size() ? words[i] : "";
      const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), options.side_by_side);
      if (error != std::errc() || end != count.data() + count.size() || options.side_by_side == 0) {
        throw InputError("--side-by-side wants a number of runs", {}, "e.g. --side-by-side 2");
      }
    } else if (word != "--resume") {
      throw InputError(concat("unknown option ", word), {}, "see polyclinic run --help");
    }
  }
  return options;
}

struct Work {
  std::vector<QueueJob> jobs;
  std::vector<std::pair<StudyConfig, std::vector<std::string>>> halvings;  // searches that choose as they go
  bool search = false;
};

// Every job composed before the first one trains, so that a wrong override costs nothing.
Work compose_work(const ConfigArguments& arguments) {
  const ComposeRequest request = arguments.request(executable_path());
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  std::vector<std::vector<std::string>> overrides = {arguments.overrides};
  if (arguments.multirun) overrides = expand_multirun(request);
  Work out;
  std::size_t number = 0;
  for (const std::vector<std::string>& words : overrides) {
    ComposeRequest one = request;
    one.overrides = words;
    one.multirun = false;
    if (arguments.multirun) one.overrides.push_back(concat("hydra.job.num=", number++));
    const ComposedStudy composed = compose_study(one, now);
    for (const std::string& warning : composed.warnings) std::fprintf(stderr, "polyclinic: %s\n", warning.c_str());
    refuse_without_effect(composed.config);
    require_data(composed.config);
    if (composed.config.ablations || composed.config.parity.target) {
      require_parity(composed.config, plan_parameters(composed.config));
    }
    if (!composed.config.hp_search) {
      out.jobs.push_back({out.jobs.size(), words, planned_runs(composed.config, arguments.multirun)});
    } else if (composed.config.hp_search->method == "asha") {
      out.halvings.emplace_back(composed.config, words);
    } else {
      for (QueueJob& job : search_jobs(composed.config, words, out.jobs.size())) out.jobs.push_back(std::move(job));
    }
    out.search = out.search || composed.config.hp_search;
  }
  return out;
}

std::size_t count_runs(const std::vector<QueueJob>& jobs) {
  std::size_t count = 0;
  for (const QueueJob& job : jobs) count += job.runs.size();
  return count;
}

Json result_json(const QueueResult& result) {
  Json out = {{"job", result.job}, {"name", result.name}, {"status", result.status}};
  if (!result.reason.empty()) out["reason"] = result.reason;
  if (!result.same_as.empty()) out["same_as"] = result.same_as;
  if (result.summary.record.is_object()) out.update(result.summary.record);
  return out;
}

// results/sweeps/<time>-<process>/: overrides and outcome of each job, and the tables.
void record_sweep(const std::vector<QueueJob>& jobs, const Json& summary, const std::string& tables) {
  char stamp[32];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H-%M-%SZ", &parts);
  std::string process = this_process();
  process = process.substr(process.find(' ') + 1);
  const std::filesystem::path folder = std::filesystem::path(jobs.front().runs.front().study.output.dir) / "sweeps" /
                                       concat(stamp, "-", process.substr(0, process.find(' ')));
  Json out = summary;
  for (const QueueJob& job : jobs) out["jobs"].push_back({{"number", job.number}, {"overrides", job.overrides}});
  write_file_atomic(folder / "summary.json", out.dump(1) + "\n");
  write_file_atomic(folder / "summary.txt", tables);
}

int report(const std::vector<QueueJob>& jobs, const std::vector<QueueResult>& results, const Options& options,
           bool sweep, bool search) {
  if (!sweep && !search && count_runs(jobs) == 1) {
    const QueueResult& only = results.front();
    if (options.json) std::printf("%s\n", only.summary.record.dump(1).c_str());
    if (only.failed) std::fprintf(stderr, "polyclinic: run %s: %s\n", only.summary.run.id.c_str(), only.reason.c_str());
    return static_cast<int>(only.exit);
  }
  const StudyTable table = queue_study_table(jobs, results);
  const std::string tables =
      concat(queue_table(jobs, results), "\n", search ? search_table(jobs, results) : table.text());
  Json summary = {{"runs", Json::array()}, {"table", table.json()}};
  for (const QueueResult& result : results) summary["runs"].push_back(result_json(result));
  if (search) summary["search"] = search_json(jobs, results);
  if (options.json) {
    std::printf("%s\n", summary.dump(1).c_str());
  } else {
    std::printf("\n%s", tables.c_str());
  }
  if (sweep || search) record_sweep(jobs, summary, tables);
  return static_cast<int>(exit_of(results));
}

int run(const std::vector<std::string>& words) {
  if (std::any_of(words.begin(), words.end(), [](const std::string& w) { return w == "-h" || w == "--help"; })) {
    std::printf("polyclinic run: train, score and record an experiment\n%s\n", kHelp);
    return 0;
  }
  const ConfigArguments arguments = parse_config_arguments(words, {"--side-by-side"});
  const Options options = parse(arguments.rest);
  Work work = compose_work(arguments);
  if (!options.quiet && count_runs(work.jobs) > 1) {
    std::fprintf(stderr, "polyclinic: %zu jobs, %zu runs\n", work.jobs.size(), count_runs(work.jobs));
  }
  const QueueOptions queue{options.quiet, options.retry_failed, !arguments.multirun && !work.search, !options.json,
                           options.side_by_side};
  std::vector<QueueResult> results = run_queue(work.jobs, queue);
  for (const auto& [study, overrides] : work.halvings) {
    if (exit_of(results) > ExitCode::bad_input) break;  // stopped
    for (QueueResult& result : run_halving(study, overrides, queue, work.jobs)) results.push_back(std::move(result));
  }
  return report(work.jobs, results, options, arguments.multirun, work.search);
}

}  // namespace

std::function<int()> declare_run(CLI::App& command) {
  command.prefix_command();  // overrides and Hydra's own options are read by this verb
  command.set_help_flag();
  command.footer(kHelp);
  return [&command] { return run(command.remaining()); };
}

}  // namespace polyclinic
