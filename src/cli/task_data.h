#pragma once
// What `data check`, `data stats` and `data lengths` share: which task, which files, every split that is there.
#include <optional>
#include <string>
#include <vector>

#include "tasks/registry.h"

namespace CLI {
class App;
}

namespace polyclinic {

struct TaskDataArguments {
  std::string task, path, format, subtask, split;
  bool json = false;
};

void declare_task_data(CLI::App& command, TaskDataArguments& arguments);

// The splits train, dev and test that the folder has, or the one asked for. InputError when there is none.
std::vector<Split> read_splits(const TaskDataArguments& arguments, Diagnostics& diagnostics);

}  // namespace polyclinic
