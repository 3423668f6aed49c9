// semeval2021t6_persuasion, subtasks 1 (labels of a text) and 2 (labelled spans). Subtask 3 needs the images and is
// scored only.
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/code_points.h"
#include "tasks/persuasion.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

std::string subtask_of(const TaskData& data) {
  const std::string subtask = data.subtask.empty() ? "1" : data.subtask;
  if (subtask != "1" && subtask != "2") {
    throw InputError(concat("subtask '", subtask, "' cannot be read"), {"", 0, 0, "task.subtask"}, "choose 1 or 2");
  }
  return subtask;
}

Example to_example(const PersuasionItem& item, const std::string& file, Diagnostics& diagnostics) {
  Example out;
  out.id = item.id;
  out.text = item.text;
  out.labels = item.labels;
  const CodePoints points(out.text);
  for (const PersuasionSpan& span : item.spans) {
    const Where where{file, item.line};
    if (static_cast<std::size_t>(span.end) > points.size()) {
      diagnostics.error(
          concat("the span ", span.begin, "..", span.end, " is past the end of the text (", points.size(), ")"), where,
          "correct the offsets");
      continue;
    }
    const Span own{static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end)};
    if (!span.fragment.empty() && points.slice(own) != span.fragment) {
      diagnostics.warning(concat("text_fragment differs from the span ", span.begin, "..", span.end), where,
                          "the scorer reads the offsets only");
    }
    out.mentions.push_back({concat("T", out.mentions.size() + 1), span.technique, {own}, {}, {}});
  }
  return out;
}

PersuasionItem to_item(const Example& example) {
  PersuasionItem out;
  out.id = example.id;
  out.text = example.text;
  out.labels = example.labels;
  const CodePoints points(example.text);
  for (const Mention& mention : example.mentions) {
    const Span span{mention.fragments.front().begin, mention.fragments.back().end};
    out.spans.push_back({mention.type, static_cast<long long>(span.begin), static_cast<long long>(span.end),
                         std::string(points.slice(span))});
  }
  return out;
}

std::vector<PersuasionItem> to_items(const Split& split) {
  std::vector<PersuasionItem> out;
  for (const Example& example : split.examples) out.push_back(to_item(example));
  return out;
}

Split read_split(const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
  const std::string subtask = subtask_of(data);
  const std::filesystem::path path =
      data.folder / concat(split == "train" ? "training" : split, "_set_task", subtask, ".txt");
  if (!std::filesystem::exists(path))
    throw InputError("no such file", {path.string()}, "set task.data.path to the task's data folder");
  Split out{split, {}};
  std::map<std::string, int> seen;
  for (const PersuasionItem& item : read_persuasion(read_file(path), path.string(), subtask == "2", diagnostics)) {
    const auto [first, fresh] = seen.emplace(item.id, item.line);
    if (fresh) {
      out.examples.push_back(to_example(item, path.string(), diagnostics));
    } else {
      diagnostics.error(concat("the id '", item.id, "' is also in line ", first->second), {path.string(), item.line},
                        "give each example its own id");
    }
  }
  return out;
}

}  // namespace

TaskDefinition semeval2021t6_persuasion_task() {
  TaskDefinition task;
  task.name = "semeval2021t6_persuasion";
  task.summary = "persuasion techniques in memes: the real SemEval-2021 Task 6";
  task.primary_metric = "f1";
  task.parts = {{"labels", "multilabel_span", 2}};
  task.read = read_split;
  task.write = [](const TaskData& data, const Split& predicted, const std::filesystem::path& folder) {
    write_file_atomic(folder / concat(predicted.name, "_set_task", subtask_of(data), ".txt"),
                      write_persuasion(to_items(predicted)));
  };
  task.score = [](const TaskData& data, const Split& gold, const Split& predicted) {
    const std::string subtask = subtask_of(data);
    const auto& techniques = persuasion_techniques(subtask);
    ScoreReport out = subtask == "2"
                          ? score_persuasion_spans(to_items(gold), to_items(predicted), techniques, "prediction", false)
                          : score_persuasion_labels(to_items(gold), to_items(predicted), techniques, "prediction");
    out.primary_name = "f1";
    return out;
  };
  return task;
}

}  // namespace polyclinic
