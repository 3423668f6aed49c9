// polyclinic run: compose, train, score, record; -m sweeps.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#include "cli/experiment_run.h"
#include "cli/verb.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

constexpr const char* kHelp =
    "Words without a dash are overrides in Hydra's grammar: model=tiny task=bc5cdr strategy=s1 train.epochs=3\n"
    "  --json                     print the record as JSON\n"
    "  --quiet                    no progress\n"
    "  --retry-failed             train a run again that failed before\n"
    "  --resume                   go on from the newest checkpoint (always done)\n"
    "  -m, --multirun             every job of a sweep, one after another\n"
    "  -cn, -cp, -cd              as in polyclinic config";

struct Options {
  bool json = false, quiet = false, retry_failed = false;
};

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (const std::string& word : words) {
    if (word == "--json") {
      options.json = true;
    } else if (word == "--quiet") {
      options.quiet = true;
    } else if (word == "--retry-failed") {
      options.retry_failed = true;
    } else if (word != "--resume") {
      throw InputError(concat("unknown option ", word), {}, "see polyclinic run --help");
    }
  }
  return options;
}

int run(const std::vector<std::string>& words) {
  if (std::any_of(words.begin(), words.end(), [](const std::string& w) { return w == "-h" || w == "--help"; })) {
    std::printf("polyclinic run: train, score and record an experiment\n%s\n", kHelp);
    return 0;
  }
  const ConfigArguments arguments = parse_config_arguments(words, {});
  const Options options = parse(arguments.rest);
  const ComposeRequest request = arguments.request(executable_path());
  std::vector<std::vector<std::string>> jobs = {arguments.overrides};
  if (arguments.multirun) jobs = expand_multirun(request);
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (const std::vector<std::string>& overrides : jobs) {
    ComposeRequest job = request;
    job.overrides = overrides;
    job.multirun = false;
    const RunRequest wanted{compose_study(job, static_cast<std::int64_t>(std::time(nullptr))), overrides, options.quiet,
                            options.retry_failed};
    for (const std::string& warning : wanted.composed.warnings)
      std::fprintf(stderr, "polyclinic: %s\n", warning.c_str());
    for (const RunSummary& summary : run_experiment(wanted)) {
      if (!options.json) std::fputs(summary.table.c_str(), stdout);
      std::fflush(stdout);
      records.push_back(summary.record);
      if (summary.exit == ExitCode::done) continue;
      if (options.json) std::printf("%s\n", records.dump(1).c_str());
      return static_cast<int>(summary.exit);
    }
  }
  if (options.json) std::printf("%s\n", (records.size() == 1 ? records[0] : records).dump(1).c_str());
  return 0;
}

}  // namespace

std::function<int()> declare_run(CLI::App& command) {
  command.prefix_command();  // overrides and Hydra's own options are read by this verb
  command.set_help_flag();
  command.footer(kHelp);
  return [&command] { return run(command.remaining()); };
}

}  // namespace polyclinic
