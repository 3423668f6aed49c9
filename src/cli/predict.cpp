// polyclinic predict: labels new text with a trained run.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include "cli/experiment.h"
#include "cli/verb.h"
#include "config/schema.h"
#include "config/yaml_read.h"
#include "core/concat.h"
#include "core/files.h"
#include "eval/predict.h"
#include "store/checkpoint_set.h"
#include "store/run_folder.h"
#include "store/run_store.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

struct Arguments {
  std::string run, results = "results", text, brat, out;
  std::vector<std::string> files;
};

// Trunk, heads and the best checkpoint of a run, without its data.
Experiment open_run(const Arguments& arguments) {
  RunFolder folder = RunFolder(arguments.run);
  if (!std::filesystem::exists(folder.config())) {
    RunStore store(arguments.results);
    folder = RunFolder(std::filesystem::path(arguments.results) / store.resolve(arguments.run).folder);
  }
  Experiment experiment;
  experiment.study = decode_study(*read_yaml(read_file(folder.config()), folder.config().string()));
  experiment.tasks = load_tasks(experiment.study, {});
  build_network(experiment, nlohmann::json::parse(read_file(folder.root() / "heads.json")));
  const CheckpointSet checkpoints(folder.checkpoints(), 1);
  const auto best = checkpoints.best() ? checkpoints.best() : checkpoints.newest();
  if (!best) throw InputError("the run has no checkpoint", {folder.root().string()}, "let `polyclinic run` finish");
  load_parameters(*experiment.network, best->folder);
  return experiment;
}

Example note(const std::string& id, std::string text) {
  require_utf8(text, {id});
  Example example;
  example.id = id;
  example.text = std::move(text);
  return example;
}

std::vector<Example> inputs(const Arguments& arguments) {
  std::vector<Example> examples;
  if (!arguments.text.empty()) examples.push_back(note("text", arguments.text));
  for (const std::string& file : arguments.files) examples.push_back(note(file, read_file(file)));
  if (!arguments.brat.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments.brat)) {
      if (entry.path().extension() == ".txt") {
        examples.push_back(note(entry.path().stem().string(), read_file(entry.path())));
      }
    }
    std::sort(examples.begin(), examples.end(), [](const Example& a, const Example& b) { return a.id < b.id; });
  }
  if (examples.empty()) throw InputError("nothing to label", {}, "give --text, --file or --brat");
  return examples;
}

std::string surface(const Example& example, const Mention& mention) {
  const OffsetMap map(example.text);
  std::string text;
  for (const Span& span : mention.fragments) {
    const std::size_t begin = map.to_byte(span.begin);
    text += concat(text.empty() ? "" : " ", example.text.substr(begin, map.to_byte(span.end) - begin));
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

nlohmann::ordered_json as_json(const Example& example) {
  nlohmann::ordered_json mentions = nlohmann::ordered_json::array();
  for (const Mention& mention : example.mentions) {
    nlohmann::ordered_json spans = nlohmann::ordered_json::array();
    for (const Span& span : mention.fragments) spans.push_back({span.begin, span.end});
    mentions.push_back(
        {{"id", mention.id}, {"type", mention.type}, {"spans", spans}, {"text", surface(example, mention)}});
  }
  nlohmann::ordered_json out = {{"id", example.id}, {"mentions", mentions}};
  for (const Relation& relation : example.relations) {
    out["relations"].push_back({{"type", relation.type},
                                {"source", example.mentions[relation.source].id},
                                {"target", example.mentions[relation.target].id}});
  }
  if (!example.labels.empty()) out["labels"] = example.labels;
  if (example.score) out["score"] = *example.score;
  return out;
}

std::string as_brat(const Example& example) {
  std::string lines;
  for (const Mention& mention : example.mentions) {
    std::string spans;
    for (const Span& span : mention.fragments) spans += concat(spans.empty() ? "" : ";", span.begin, " ", span.end);
    lines += concat(mention.id, "\t", mention.type, " ", spans, "\t", surface(example, mention), "\n");
  }
  std::size_t number = 0;
  for (const Relation& relation : example.relations) {
    lines += concat("R", ++number, "\t", relation.type, " Arg1:", example.mentions[relation.source].id,
                    " Arg2:", example.mentions[relation.target].id, "\n");
  }
  return lines;
}

int run(const Arguments& arguments) {
  std::vector<Example> examples = inputs(arguments);
  Experiment experiment = open_run(arguments);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const LoadedTask& task : experiment.tasks) {
    std::vector<Example> labelled = examples;
    for (const std::size_t part : task.parts) {
      predict_part(*experiment.network, part, *experiment.tokenizer, experiment.study.train.max_tokens, labelled);
    }
    for (const Example& example : labelled) {
      if (!arguments.brat.empty()) {
        const std::filesystem::path folder = arguments.out.empty() ? arguments.brat : arguments.out;
        const std::string name = experiment.tasks.size() > 1 ? concat(example.id, ".", task.key) : example.id;
        write_file_atomic(folder / (name + ".ann"), as_brat(example));
      } else {
        nlohmann::ordered_json entry = as_json(example);
        if (experiment.tasks.size() > 1) entry["task"] = task.key;
        all.push_back(entry);
      }
    }
  }
  if (arguments.brat.empty()) std::printf("%s\n", (all.size() == 1 ? all[0] : all).dump(1).c_str());
  return 0;
}

}  // namespace

std::function<int()> declare_predict(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--run", arguments->run, "a run's folder, id or name")->required();
  command.add_option("--results", arguments->results, "results folder")->capture_default_str();
  command.add_option("--text", arguments->text, "text to label");
  command.add_option("--file", arguments->files, "text files to label");
  command.add_option("--brat", arguments->brat, "folder of .txt files; writes an .ann beside each");
  command.add_option("--out", arguments->out, "folder for the .ann files instead");
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
