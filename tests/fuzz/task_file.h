#pragma once
// A task's reader on one file of any bytes: the files lie in a folder of this process, defects are collected, and what
// is read must pass the task's own scorer against itself.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/error.h"
#include "tasks/registry.h"

namespace polyclinic {

class TaskFile {
 public:
  TaskFile() : folder_(std::filesystem::temp_directory_path() / ("task_fuzz." + std::to_string(::getpid()))) {}

  void put(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  void read(const char* name) const {
    const TaskDefinition& task = find_task(name);
    TaskData data;
    data.folder = folder_;
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    try {
      const Split split = task.read(data, "train", diagnostics);
      for (const Diagnostic& diagnostic : diagnostics.items()) to_string(diagnostic);
      prediction_input(task, split);
      task.score(data, split, split);
    } catch (const InputError&) {
    }
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace polyclinic
