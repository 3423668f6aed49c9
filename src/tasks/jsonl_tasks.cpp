// Public tasks in JSON lines: pubmedqa (yes, no, maybe), gad (a sentence states the association or not), hoc (hallmarks
// of cancer, several labels) and biosses (similarity of two sentences, 0 to 4). Files: train, dev, test .jsonl.
// Predictions are JSON lines {"id", "labels"} or {"id", "score"}.
#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/code_points.h"
#include "tasks/label_score.h"
#include "tasks/official_text.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::string member(const Json& object, const char* name) {
  return object.contains(name) ? text_of(object[name]) : std::string();
}

using ReadEntry = void (*)(const Json& entry, Example& example, const Where& where, Diagnostics& diagnostics);

void require_text(const Example& example, const Where& where, Diagnostics& diagnostics) {
  if (example.text.empty()) diagnostics.error("no text", where, "fill it");
}

void read_pubmedqa(const Json& entry, Example& example, const Where& where, Diagnostics& diagnostics) {
  example.id = member(entry, "pubid");
  example.text = member(entry, "question");
  if (entry.contains("context") && entry["context"].is_object() && entry["context"].contains("contexts")) {
    for (const Json& part : entry["context"]["contexts"]) {
      example.second_text += concat(example.second_text.empty() ? "" : "\n", text_of(part));
    }
  }
  if (const std::string answer = member(entry, "final_decision"); !answer.empty()) example.labels = {answer};
  require_text(example, where, diagnostics);
}

void read_labelled(const Json& entry, Example& example, const Where& where, Diagnostics& diagnostics) {
  example.id = member(entry, "id");
  example.text = member(entry, "text");
  require_text(example, where, diagnostics);
  if (!entry.contains("labels")) return;
  if (!entry["labels"].is_array()) return diagnostics.error("labels is no list", where, "write \"labels\": [\"...\"]");
  for (const Json& label : entry["labels"]) example.labels.push_back(text_of(label));
}

void read_similarity(const Json& entry, Example& example, const Where& where, Diagnostics& diagnostics) {
  example.id = member(entry, "id");
  example.text = member(entry, "text_1");
  example.second_text = member(entry, "text_2");
  require_text(example, where, diagnostics);
  if (!entry.contains("label")) return;
  example.score = python_float(member(entry, "label"));
  if (!example.score)
    diagnostics.error(concat("the label '", member(entry, "label"), "' is no number"), where, "write a number");
}

Split read_lines(const TaskData& data, const std::string& name, Diagnostics& diagnostics, ReadEntry read_entry) {
  const std::filesystem::path path = data.folder / (name + ".jsonl");
  if (!std::filesystem::exists(path)) {
    throw InputError("no such file", {path.string()},
                     "set task.data.path to the folder with train.jsonl, dev.jsonl, test.jsonl");
  }
  const std::string bytes = read_file(path);
  Split out{name, {}};
  std::map<std::string, int> seen;
  for (const Line& line : lines_of(bytes)) {
    if (strip(line.text).empty()) continue;
    const Where where{path.string(), line.number};
    if (first_invalid_byte(line.text)) {
      diagnostics.error("not UTF-8", where, "save the file as UTF-8");
      continue;
    }
    const Json entry = Json::parse(line.text, nullptr, false);
    if (!entry.is_object()) {
      diagnostics.error("not a JSON object", where, "write one {...} a line");
      continue;
    }
    Example example;
    read_entry(entry, example, where, diagnostics);
    if (example.id.empty()) {
      diagnostics.error("no id", where, "give each entry its own id");
      continue;
    }
    const auto [first, fresh] = seen.emplace(example.id, line.number);
    if (!fresh) {
      diagnostics.error(concat("the id '", example.id, "' is also in line ", first->second), where,
                        "give each entry its own id");
      continue;
    }
    out.examples.push_back(std::move(example));
  }
  return out;
}

void write_lines(const TaskData&, const Split& predicted, const std::filesystem::path& folder) {
  std::string out;
  for (const Example& example : predicted.examples) {
    Json entry = {{"id", example.id}};
    if (example.score) entry["score"] = *example.score;
    if (!example.score) entry["labels"] = example.labels;
    out += entry.dump() + "\n";
  }
  write_file_atomic(folder / (predicted.name + ".jsonl"), out);
}

template <ReadEntry read_entry>
Split read_split(const TaskData& data, const std::string& name, Diagnostics& diagnostics) {
  return read_lines(data, name, diagnostics, read_entry);
}

TaskDefinition jsonl_task(std::string name, std::string summary, std::string metric, std::string head) {
  TaskDefinition task;
  task.name = std::move(name);
  task.summary = std::move(summary);
  task.primary_metric = std::move(metric);
  task.parts = {{"labels", std::move(head), 2}};
  task.write = write_lines;
  return task;
}

}  // namespace

TaskDefinition pubmedqa_task() {
  TaskDefinition task = jsonl_task("pubmedqa", "yes, no or maybe to a question about an abstract, accuracy", "accuracy",
                                   "classification");
  task.read = read_split<read_pubmedqa>;
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_accuracy(gold, predicted);
  };
  return task;
}

TaskDefinition gad_task() {
  TaskDefinition task = jsonl_task("gad", "does a sentence state that a gene and a disease are associated, F1 of \"1\"",
                                   "f1", "classification");
  task.read = read_split<read_labelled>;
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_label_f1(gold, predicted, {"1"});
  };
  return task;
}

TaskDefinition hoc_task() {
  TaskDefinition task = jsonl_task("hoc", "hallmarks of cancer, several labels a sentence, micro F1 without \"none\"",
                                   "f1", "multilabel");
  task.read = read_split<read_labelled>;
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_label_f1(gold, predicted, {});
  };
  return task;
}

TaskDefinition biosses_task() {
  TaskDefinition task =
      jsonl_task("biosses", "similarity of two sentences, 0 to 4, Pearson correlation", "pearson", "regression");
  task.read = read_split<read_similarity>;
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_pearson(gold, predicted);
  };
  return task;
}

}  // namespace polyclinic
