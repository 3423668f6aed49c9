// polyclinic demo: made-up notes, the small model, S1 on two tasks, scores, where to look next.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>

#include "cli/experiment_run.h"
#include "cli/verb.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "tasks/synth.h"

namespace polyclinic {
namespace {

struct Arguments {
  std::string out = "demo";
  std::size_t notes = 80;
  std::int64_t steps = 100;
};

int run(const Arguments& arguments) {
  const std::filesystem::path out = arguments.out;
  std::printf("1. Made-up notes with official annotation files -> %s\n", (out / "data").string().c_str());
  for (const char* task : {"semeval2014t7", "semeval2021t6"}) {
    SynthOptions synth;
    synth.task = task;
    synth.notes = arguments.notes;
    synth.out = out / "data";
    write_synth(synth);
  }
  std::printf("2. One LoRA adapter a task (strategy S1) on the small model\n");
  std::fflush(stdout);
  std::string id;
  for (const char* task : {"semeval2014t7", "semeval2021t6"}) {
    const std::vector<std::string> overrides = {
        concat("task=", task),
        "model=tiny",
        "strategy=s1",
        concat("data.root=", (out / "data").string()),
        concat("task.data.path=", (out / "data" / task).string()),
        concat("output.dir=", (out / "results").string()),
        concat("train.max_steps=", arguments.steps),
        concat("train.eval_every_n_steps=", (arguments.steps + 2) / 3),
        "train.epochs=50",
        "task.preprocessing.max_seq_len=128",
        concat("task.data.format=", task == std::string("semeval2021t6") ? "brat" : "null")};
    ConfigArguments words;
    words.overrides = overrides;
    const StudyConfig study =
        compose_study(words.request(executable_path()), static_cast<std::int64_t>(std::time(nullptr))).config;
    const RunSummary summary = run_experiment({study, overrides, false, true});
    std::fputs(summary.table.c_str(), stdout);
    std::fflush(stdout);
    id = summary.run.id;
    if (summary.exit != ExitCode::done) return static_cast<int>(summary.exit);
  }
  const std::string results = (out / "results").string();
  std::printf(
      "3. Where to look next\n"
      "   polyclinic runs list --results %s\n"
      "   polyclinic predict --run %s --results %s --brat %s --out %s\n"
      "   polyclinic run model=tiny task=bc5cdr strategy=s1     public data: set data.root or POLYCLINIC_DATA\n"
      "   polyclinic config --options                           every option and what it does\n",
      results.c_str(), id.c_str(), results.c_str(), (out / "data/semeval2021t6/test").string().c_str(),
      (out / "labelled").string().c_str());
  return 0;
}

}  // namespace

std::function<int()> declare_demo(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--out", arguments->out, "folder for data and results")->capture_default_str();
  command.add_option("--notes", arguments->notes, "notes of each task")->capture_default_str();
  command.add_option("--steps", arguments->steps, "optimizer steps of each task")->capture_default_str();
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
