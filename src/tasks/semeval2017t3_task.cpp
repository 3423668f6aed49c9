// semeval2017t3, and cqa: the same task on the public files of 2016.
#include "core/concat.h"
#include "core/files.h"
#include "tasks/registry.h"
#include "tasks/semeval2017t3.h"

namespace polyclinic {
namespace {

std::string subtask_of(const TaskData& data) { return data.subtask.empty() ? "A" : data.subtask; }

Split read_split(const TaskData& data, const std::string& split, Diagnostics& diagnostics) {
  Split out{split, {}};
  for (const auto& path : semeval2017t3_files(data.folder, split, subtask_of(data))) {
    std::vector<Example> own = read_semeval2017t3(read_file(path), path.string(), subtask_of(data), diagnostics);
    out.examples.insert(out.examples.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
  return out;
}

TaskDefinition ranking_task(std::string name, std::string summary) {
  TaskDefinition task;
  task.name = std::move(name);
  task.summary = std::move(summary);
  task.primary_metric = "map";
  task.parts = {{"ranking", "ranking", 2}};
  task.read = read_split;
  task.write = [](const TaskData& data, const Split& predicted, const std::filesystem::path& folder) {
    write_file_atomic(folder / concat(predicted.name, ".subtask", subtask_of(data), ".pred"),
                      format_ranking(predicted.examples));
  };
  task.score = [](const TaskData&, const Split& gold, const Split& predicted) {
    return score_ranking({format_relevancy(gold.examples), "gold", format_ranking(predicted.examples), "prediction"},
                         default_ranking_options());
  };
  return task;
}

}  // namespace

TaskDefinition semeval2017t3_task() {
  return ranking_task("semeval2017t3", "community question answering, subtasks A to D, mean average precision");
}

TaskDefinition cqa_task() {
  return ranking_task("cqa", "community question answering on the public files of 2016, mean average precision");
}

}  // namespace polyclinic
