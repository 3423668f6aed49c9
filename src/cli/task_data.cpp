#include "cli/task_data.h"

#include <CLI/CLI.hpp>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

void declare_task_data(CLI::App& command, TaskDataArguments& arguments) {
  command.add_option("--task", arguments.task, "name of the task")->required();
  command.add_option("--path", arguments.path, "folder of the task's files, as task.data.path")->required();
  command.add_option("--format", arguments.format, "form of the files, as task.data.format");
  command.add_option("--subtask", arguments.subtask, "as task.subtask");
  command.add_option("--split", arguments.split, "only this split: train, dev or test");
  command.add_flag("--json", arguments.json, "print JSON");
}

std::vector<Split> read_splits(const TaskDataArguments& arguments, Diagnostics& diagnostics) {
  const TaskDefinition& task = find_task(arguments.task);
  TaskData data;
  data.folder = arguments.path;
  data.format = arguments.format;
  data.subtask = arguments.subtask;
  if (!arguments.split.empty()) return {task.read(data, arguments.split, diagnostics)};
  std::vector<Split> splits;
  std::string first_reason;
  for (const char* name : {"train", "dev", "test"}) {
    try {
      splits.push_back(task.read(data, name, diagnostics));
    } catch (const InputError& error) {  // a split that the task does not have
      if (first_reason.empty()) first_reason = error.what();
    }
  }
  if (splits.empty()) throw InputError(first_reason);
  return splits;
}

}  // namespace polyclinic
