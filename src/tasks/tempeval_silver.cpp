// Ten public case reports with machine-made Anafora annotation. Its offsets count bytes of the text, unlike THYME's.
#include "tasks/registry.h"

namespace polyclinic {

TaskDefinition semeval2016t12_task();

TaskDefinition tempeval_silver_task() {
  TaskDefinition task = semeval2016t12_task();
  task.name = "tempeval_silver";
  task.summary = "Clinical TempEval on ten public case reports with machine-made annotation";
  task.read = [read = task.read](const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
    TaskData bytes = data;
    if (bytes.format.empty()) bytes.format = "byte_offsets";
    return read(bytes, split, diagnostics);
  };
  // No containers: the organisers score those of clinical notes alone, which they know by the file's name.
  task.mention_scores = {{"DocTimeRel", "DR"}, {"attributes", "EA"}};
  return task;
}

}  // namespace polyclinic
