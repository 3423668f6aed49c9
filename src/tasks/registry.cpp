#include "tasks/registry.h"

#include "core/concat.h"
#include "core/error.h"
#include "tasks/nearest_name.h"

namespace polyclinic {

// One line a task: its declaration here, its file beside this one.
TaskDefinition bc5cdr_task();
TaskDefinition semeval2014t7_task();
TaskDefinition semeval2015t14_task();

const std::vector<TaskDefinition>& tasks() {
  static const std::vector<TaskDefinition> list = {
      bc5cdr_task(),
      semeval2014t7_task(),
      semeval2015t14_task(),
  };
  return list;
}

const TaskDefinition& find_task(std::string_view name) {
  std::vector<std::string> names;
  for (const TaskDefinition& task : tasks()) {
    if (task.name == name) return task;
    names.push_back(task.name);
  }
  throw InputError(concat("there is no task '", name, "'"), {}, did_you_mean(name, names));
}

}  // namespace polyclinic
