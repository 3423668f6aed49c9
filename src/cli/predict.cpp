// polyclinic predict: labels new text with a trained run.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>

#include "cli/experiment.h"
#include "cli/predicted_text.h"
#include "cli/verb.h"
#include "config/schema.h"
#include "config/yaml_read.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "eval/predict.h"
#include "store/checkpoint_set.h"
#include "store/run_folder.h"
#include "store/run_store.h"
#include "tasks/measeval_example.h"
#include "tasks/nearest_name.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string run, results = "results", text, brat, data, split = "test", task, out;
  std::vector<std::string> files, pairs;
  bool overwrite = false, gold_entities = false;
};

RunFolder find_run(const Arguments& arguments) {
  const RunFolder named(arguments.run);
  if (fs::exists(named.config())) return named;
  if (!fs::exists(fs::path(arguments.results) / "polyclinic.sqlite")) {
    throw InputError(concat("no run folder '", arguments.run, "', and no run store in '", arguments.results, "'"), {},
                     "name the run's folder, or its store with --results");
  }
  const RunStore store(arguments.results);
  return RunFolder(fs::path(arguments.results) / store.resolve(arguments.run).folder);
}

// Trunk, heads and the best checkpoint of a run, without its data.
Experiment open_run(const RunFolder& folder) {
  const CheckpointSet checkpoints(folder.checkpoints(), 1);
  const auto best = checkpoints.best() ? checkpoints.best() : checkpoints.newest();
  if (!best) throw InputError("the run has no checkpoint", {folder.root().string()}, "let `polyclinic run` finish");
  Experiment experiment;
  experiment.study = decode_study(*read_yaml(read_file(folder.config()), folder.config().string()));
  experiment.tasks = load_tasks(experiment.study, {});
  build_network(experiment, nlohmann::json::parse(read_file(folder.root() / "heads.json")));
  load_parameters(*experiment.network, best->folder);
  return experiment;
}

std::vector<Example> inputs(const Arguments& arguments) {
  if (!arguments.brat.empty()) return read_plain_notes(arguments.brat);
  std::vector<Example> examples;
  if (!arguments.text.empty() && arguments.pairs.empty()) examples.push_back(plain_note("text", arguments.text));
  for (const std::string& second : arguments.pairs) {
    const std::string id = arguments.pairs.size() == 1 ? "text" : concat("pair-", examples.size() + 1);
    examples.push_back(plain_pair(id, arguments.text, second));
  }
  for (const std::string& file : arguments.files) examples.push_back(plain_note(file, read_file(file)));
  if (examples.empty()) throw InputError("nothing to label", {}, "give --text, --file, --brat or --data");
  return examples;
}

// Where the annotation of a note goes. One task a run writes NAME.ann, several NAME.TASK.ann.
fs::path annotation_file(const Arguments& arguments, const Example& note, const std::string& task, bool single) {
  const fs::path folder = arguments.out.empty() ? arguments.brat : arguments.out;
  return folder / concat(note.id, single ? "" : ".", single ? "" : task, ".ann");
}

// Somebody's annotation is never lost: BRAT itself makes empty .ann files, others stay.
void refuse_overwriting(const Arguments& arguments, const std::vector<Example>& notes, const Experiment& experiment) {
  if (arguments.overwrite) return;
  for (const LoadedTask& task : experiment.tasks) {
    for (const Example& note : notes) {
      const fs::path file = annotation_file(arguments, note, task.key, experiment.tasks.size() == 1);
      if (fs::exists(file) && fs::file_size(file) > 0) {
        throw InputError("holds annotation already", {file.string()}, "give --out DIR, or --overwrite");
      }
    }
  }
}

const LoadedTask& task_of(const Arguments& arguments, const Experiment& experiment) {
  std::vector<std::string> keys;
  for (const LoadedTask& task : experiment.tasks) {
    if (task.key == arguments.task || experiment.tasks.size() == 1) return task;
    keys.push_back(task.key);
  }
  if (arguments.task.empty()) throw InputError("the run has several tasks", {}, "name one with --task");
  throw InputError(concat("the run has no task '", arguments.task, "'"), {}, did_you_mean(arguments.task, keys));
}

// A split in the task's official files, predicted into its official format as a run predicts its test split.
int predict_files(const Arguments& arguments, Experiment& experiment) {
  if (arguments.out.empty()) throw InputError("no folder for the predictions", {}, "give --out DIR");
  const LoadedTask& task = task_of(arguments, experiment);
  if (arguments.gold_entities && task.definition->mention_scores.empty()) {
    throw InputError(concat("no part of the task '", task.key, "' reads given entities"), {},
                     "leave --gold-entities out");
  }
  TaskData data = task.data;
  data.folder = arguments.data;
  Diagnostics diagnostics;
  const Split split = task.definition->read(data, arguments.split, diagnostics);
  const auto predict = arguments.gold_entities ? predict_on_gold_entities : predict_split;
  task.definition->write(data, predict(experiment, task, split), arguments.out);
  std::printf("%zu examples -> %s\n", split.examples.size(), arguments.out.c_str());
  return 0;
}

int run(const Arguments& arguments) {
  if (!arguments.out.empty() && arguments.brat.empty() && arguments.data.empty()) {
    throw InputError("--out without --brat or --data: what is labelled is printed", {}, "leave --out out");
  }
  if (!arguments.data.empty()) {
    Experiment experiment = open_run(find_run(arguments));
    return predict_files(arguments, experiment);
  }
  const std::vector<Example> notes = inputs(arguments);
  Experiment experiment = open_run(find_run(arguments));
  const bool single = experiment.tasks.size() == 1, brat = !arguments.brat.empty();
  if (brat) refuse_overwriting(arguments, notes, experiment);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::map<fs::path, std::string> files;
  for (const LoadedTask& task : experiment.tasks) {
    std::vector<Example> labelled = notes;
    for (const std::size_t part : task.parts) {
      predict_part(*experiment.network, part, *experiment.tokenizer, experiment.study.train.max_tokens, labelled);
    }
    const bool quantities = task.definition->name == "measeval" || task.data.format == "measeval";
    for (Example& example : labelled) {
      if (quantities) add_shown_units(example);
      if (brat) {
        files[annotation_file(arguments, example, task.key, single)] = annotation_brat(example);
      } else {
        all.push_back(annotation_json(example));
        if (!single) all.back()["task"] = task.key;
      }
    }
  }
  for (const auto& [file, text] : files) write_file_atomic(file, text);
  if (brat) {
    std::printf("%zu files -> %s\n", files.size(), (arguments.out.empty() ? arguments.brat : arguments.out).c_str());
  } else {
    std::printf("%s\n", (all.size() == 1 ? all[0] : all).dump(1).c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> declare_predict(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--run", arguments->run, "a run's folder, id or name")->required();
  command.add_option("--results", arguments->results, "results folder")->capture_default_str();
  CLI::Option* text = command.add_option("--text", arguments->text, "text to label");
  command.add_option("--pair", arguments->pairs, "second text of a pair, or candidates to rank for --text")
      ->needs(text);
  CLI::Option* files = command.add_option("--file", arguments->files, "text files to label");
  CLI::Option* brat = command.add_option("--brat", arguments->brat, "folder of .txt files; writes an .ann beside each");
  CLI::Option* data = command.add_option("--data", arguments->data,
                                         "folder of the task's official files, as task.data.path; writes the official "
                                         "predictions of --split to --out");
  brat->excludes(text)->excludes(files);
  data->excludes(text)->excludes(files)->excludes(brat);
  command.add_option("--split", arguments->split, "split of --data")->needs(data)->capture_default_str();
  command.add_option("--task", arguments->task, "task of --data, in a run of several")->needs(data);
  command.add_flag("--gold-entities", arguments->gold_entities, "the entities of --data are given")->needs(data);
  command.add_option("--out", arguments->out, "folder for what --brat or --data write");
  command.add_flag("--overwrite", arguments->overwrite, "replace .ann files that hold annotation")->needs(brat);
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
