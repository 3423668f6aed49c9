#pragma once
// The tasks: an explicit list (registry.cpp), one line and one source a task. No tensors here. A task reads its
// official files, writes predictions in its official format, and scores. Training, prediction and the made-up corpora
// know a task by this type alone.
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// Where the files lie and which form of the task is asked for: `task.*` of the configuration.
struct TaskData {
  std::filesystem::path folder;                // task.data.path
  std::string format;                          // task.data.format; empty: the task's own
  std::string subtask;                         // task.subtask; empty: the task's own
  std::map<std::string, std::string> options;  // task.options; the task refuses names that it does not know
};

// One head of a task. Most tasks have one part; semeval2021t6 has "entities" (level 1) and "relations" (level 2).
struct TaskPart {
  std::string name;  // unique in the task, e.g. "entities"
  std::string head;  // name in src/model/heads/registry.cpp, e.g. "ner"
  int level = 1;     // 1: entities, 2: relations, time, ranking
};

// A score of the parts that read mentions. It is reported twice: on the mentions that the first part predicts, and with
// the gold mentions given, as in the second phase of a shared task.
struct MentionScore {
  std::string name;     // e.g. "relations"
  std::string subtask;  // TaskData::subtask whose primary score it is; empty: the task's own
};

struct TaskDefinition {
  std::string name;            // e.g. "bc5cdr"
  std::string summary;         // one line of help
  std::string primary_metric;  // ScoreReport::primary_name of score() for the task's own format and subtask
  std::vector<TaskPart> parts;
  std::vector<MentionScore> mention_scores;  // empty: no part reads mentions

  // The examples of "train", "dev" or "test" with their gold annotation; the order is the files' own and does not
  // change between calls. Defects of the files go to `diagnostics`. A split that the task does not have: InputError.
  std::function<Split(const TaskData& data, const std::string& split, Diagnostics& diagnostics)> read;

  // The example as prediction may see it. Empty: mentions, relations, labels and score are removed. A task whose
  // official input holds annotation (given entities, candidates) leaves that in.
  std::function<Example(const Example& gold)> input = {};

  // Writes predictions in the official format into `folder` (made when absent), each file whole (write_file_atomic,
  // FileBatch). `predicted`: the examples as read() gave them, in order, with mentions, relations, labels and score
  // replaced by the prediction. Nothing of the gold annotation is left in them but what the task's official input
  // holds.
  std::function<void(const TaskData& data, const Split& predicted, const std::filesystem::path& folder)> write;

  // Scores in memory, equal to the official scorer on the files that write() makes of both.
  std::function<ScoreReport(const TaskData& data, const Split& gold, const Split& predicted)> score;
};

const std::vector<TaskDefinition>& tasks();

// The split as prediction may see it: TaskDefinition::input of each example.
Split prediction_input(const TaskDefinition& task, const Split& gold);

// As prediction_input, and the gold mentions with their ids, types and fragments, each type and place once. Attributes,
// concepts and relations are left out.
Split with_gold_entities(const TaskDefinition& task, const Split& gold);

// InputError naming the nearest task when there is none of this name.
const TaskDefinition& find_task(std::string_view name);

}  // namespace polyclinic
