// Entities and relations: semeval2021t6 (BRAT, or MeasEval's TSV), measeval, ddi, chemprot. docs/tasks.md says what
// semeval2021t6 is and is not.
#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/brat.h"
#include "tasks/code_points.h"
#include "tasks/measeval_example.h"
#include "tasks/measeval_scorer.h"
#include "tasks/nearest_name.h"
#include "tasks/registry.h"
#include "tasks/span_score.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

// The folder of a split; MeasEval calls its test split "eval".
fs::path split_folder(const TaskData& data, const std::string& split) {
  std::vector<std::string> names = {split};
  if (split == "test") names.emplace_back("eval");
  if (split == "dev") names.insert(names.end(), {"devel", "trial"});
  for (const std::string& name : names) {
    if (fs::is_directory(data.folder / name)) return data.folder / name;
  }
  throw InputError(concat("no folder for the split '", split, "'"), {(data.folder / split).string()},
                   "set task.data.path to the folder that holds train, dev and test");
}

Split read_brat(const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
  const fs::path folder = split_folder(data, split);
  return {split, read_brat_folder(fs::is_directory(folder / "brat") ? folder / "brat" : folder, diagnostics)};
}

Split read_measeval(const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
  const fs::path folder = split_folder(data, split);
  const fs::path texts = fs::is_directory(folder / "text") ? folder / "text" : folder / "txt";
  if (!fs::is_directory(texts))
    throw InputError("no folder of texts", {texts.string()}, "a split holds text/ and tsv/");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(texts)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Split out{split, {}};
  for (const fs::path& path : files) {
    std::string text = read_file(path);
    if (const auto bad = first_invalid_byte(text)) {
      diagnostics.error("not UTF-8", {path.string(), line_of_byte(text, *bad)}, "save the file as UTF-8");
      continue;
    }
    const fs::path table = folder / "tsv" / (path.stem().string() + ".tsv");
    std::vector<MeasEvalRow> rows;
    if (fs::exists(table)) rows = read_measeval_rows(read_file(table), table.string(), diagnostics);
    check_measeval_rows(rows, diagnostics);
    out.examples.push_back(measeval_example(rows, path.stem().string(), std::move(text), table.string(), diagnostics));
  }
  return out;
}

void write_measeval(const TaskData&, const Split& predicted, const fs::path& folder) {
  for (const Example& example : predicted.examples) {
    write_file_atomic(folder / (example.id + ".tsv"), format_measeval_rows(measeval_rows(example)));
  }
}

ScoreReport score_measeval_splits(const TaskData&, const Split& gold, const Split& predicted) {
  MeasEvalTables tables;
  for (const auto& [split, rows, files] : {std::tuple{&gold, &tables.gold, &tables.gold_files},
                                           std::tuple{&predicted, &tables.predicted, &tables.predicted_files}}) {
    for (const Example& example : split->examples) {
      std::vector<MeasEvalRow> own = measeval_rows(example);
      rows->insert(rows->end(), own.begin(), own.end());
      ++*files;
    }
  }
  return score_measeval(tables);
}

void write_brat(const TaskData&, const Split& predicted, const fs::path& folder) {
  write_brat_folder(predicted.examples, folder);
}

// Without a format the folders decide: MeasEval's splits hold tsv/ and text/ (or txt/), BRAT's *.ann files or brat/.
bool looks_like_brat(const TaskData& data) {
  for (const char* split : {"train", "dev", "test"}) {
    const fs::path folder = data.folder / split;
    if (!fs::is_directory(folder) || fs::is_directory(folder / "tsv")) continue;
    if (fs::is_directory(folder / "brat")) return true;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".ann") return true;
    }
  }
  return false;
}

bool is_measeval(const TaskData& data) {
  if (data.format.empty()) return !looks_like_brat(data);
  if (data.format == "measeval") return true;
  if (data.format == "brat") return false;
  throw InputError(concat("semeval2021t6 has no format '", data.format, "'"), {"", 0, 0, "task.data.format"},
                   did_you_mean(data.format, {"brat", "measeval"}));
}

// The primary score over BRAT files, which have no official scorer: both levels, or one of them.
std::string brat_primary(const TaskData& data) {
  if (data.subtask.empty()) return "micro_f1";
  if (data.subtask == "entities") return "entity_f1";
  if (data.subtask == "relations") return "relation_f1";
  throw InputError(concat("semeval2021t6 has no subtask '", data.subtask, "'"), {"", 0, 0, "task.subtask"},
                   did_you_mean(data.subtask, {"entities", "relations"}));
}

TaskDefinition entity_relation_task(std::string name, std::string summary, std::string primary) {
  TaskDefinition task;
  task.name = std::move(name);
  task.summary = std::move(summary);
  task.primary_metric = std::move(primary);
  task.parts = {{"entities", "ner", 1}, {"relations", "relation", 2}};
  task.mention_scores = {{"relations", "relations"}};
  return task;
}

TaskDefinition brat_relations(std::string name, std::string summary) {
  TaskDefinition task = entity_relation_task(std::move(name), std::move(summary), "f1");
  task.read = read_brat;
  task.write = write_brat;
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_spans(gold, predicted, "relation_f1", "f1");
  };
  return task;
}

}  // namespace

TaskDefinition ddi_task() { return brat_relations("ddi", "drugs and their interactions, relation F1 over BRAT files"); }

TaskDefinition chemprot_task() {
  return brat_relations("chemprot", "chemicals, proteins and their relations, relation F1 over BRAT files");
}

TaskDefinition measeval_task() {
  TaskDefinition task =
      entity_relation_task("measeval", "quantities and what they measure (SemEval-2021 Task 8)", "overlap_f1");
  task.read = read_measeval;
  task.write = write_measeval;
  task.score = score_measeval_splits;
  return task;
}

TaskDefinition semeval2021t6_task() {
  TaskDefinition task = entity_relation_task(
      "semeval2021t6", "entities and relations over BRAT files, MeasEval as the public instance", "overlap_f1");
  task.read = [](const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
    return is_measeval(data) ? read_measeval(data, split, diagnostics) : read_brat(data, split, diagnostics);
  };
  task.write = [](const TaskData& data, const Split& predicted, const fs::path& folder) {
    is_measeval(data) ? write_measeval(data, predicted, folder) : write_brat(data, predicted, folder);
  };
  task.score = [](const TaskData& data, const Split& gold, const Split& predicted) {
    if (is_measeval(data)) return score_measeval_splits(data, gold, predicted);
    const std::string primary = brat_primary(data);
    return score_spans(gold, predicted, primary, primary);
  };
  return task;
}

}  // namespace polyclinic
