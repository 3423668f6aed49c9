#include "tasks/registry.h"

#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/nearest_name.h"

namespace polyclinic {

// One line a task: its declaration here, its file beside this one.
TaskDefinition bc5cdr_task();
TaskDefinition biosses_task();
TaskDefinition chemprot_task();
TaskDefinition cqa_task();
TaskDefinition ddi_task();
TaskDefinition gad_task();
TaskDefinition hoc_task();
TaskDefinition measeval_task();
TaskDefinition pubmedqa_task();
TaskDefinition semeval2014t7_task();
TaskDefinition semeval2015t14_task();
TaskDefinition semeval2016t12_task();
TaskDefinition semeval2017t3_task();
TaskDefinition semeval2021t6_task();
TaskDefinition semeval2021t6_persuasion_task();
TaskDefinition tempeval_silver_task();

const std::vector<TaskDefinition>& tasks() {
  static const std::vector<TaskDefinition> list = {
      bc5cdr_task(),
      biosses_task(),
      chemprot_task(),
      cqa_task(),
      ddi_task(),
      gad_task(),
      hoc_task(),
      measeval_task(),
      pubmedqa_task(),
      semeval2014t7_task(),
      semeval2015t14_task(),
      semeval2016t12_task(),
      semeval2017t3_task(),
      semeval2021t6_task(),
      semeval2021t6_persuasion_task(),
      tempeval_silver_task(),
  };
  return list;
}

Split prediction_input(const TaskDefinition& task, const Split& gold) {
  Split inputs{gold.name, {}};
  for (const Example& example : gold.examples) {
    inputs.examples.push_back(task.input ? task.input(example) : example);
    if (task.input) continue;
    Example& input = inputs.examples.back();
    input.mentions.clear();
    input.relations.clear();
    input.labels.clear();
    input.score.reset();
  }
  return inputs;
}

Split with_gold_entities(const TaskDefinition& task, const Split& gold) {
  Split given = prediction_input(task, gold);
  for (std::size_t e = 0; e < gold.examples.size(); ++e) {
    std::set<std::pair<std::string, std::vector<Span>>> seen;
    given.examples[e].mentions.clear();
    for (const Mention& mention : gold.examples[e].mentions) {
      if (!seen.emplace(mention.type, mention.fragments).second) continue;
      given.examples[e].mentions.push_back({mention.id, mention.type, mention.fragments, {}, {}});
    }
  }
  return given;
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
