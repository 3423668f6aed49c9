#include "cli/parameter_plan.h"

#include "config/beside_program.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"
#include "model/published_shapes.h"

namespace polyclinic {

ModelShape model_shape(const StudyConfig& study) {
  const std::filesystem::path folder = beside_program(study.model.path.value_or(""), executable_path());
  if (!folder.empty() && std::filesystem::exists(folder / "config.json")) {
    return {read_model_config(folder / "config.json"), (folder / "config.json").string()};
  }
  if (const std::optional<ModelConfig> config = published_config(study.model.name)) {
    return {*config, concat("the published shape of ", study.model.name)};
  }
  throw InputError(concat("no config.json in the model folder '", folder.string(), "'"), {.key = "model.path"},
                   "name a folder in the Hugging Face layout");
}

std::vector<StrategyTask> strategy_tasks(const StudyConfig& study) {
  std::vector<StrategyTask> tasks;
  for (const TaskEntry& entry : study.tasks) tasks.push_back({entry.key, entry.task.task_level});
  return tasks;
}

std::int64_t cross_level_of(const StrategyPlan& plan, const ModelConfig& shape) {
  return plan.cross_level_attention ? cross_level_parameters(shape.hidden) : 0;
}

ParameterPlan plan_parameters(const StudyConfig& study) {
  ParameterPlan plan;
  plan.shape = model_shape(study);
  const auto linears = linear_shapes(plan.shape.config, study.model.lora.target_modules);
  const auto tasks = strategy_tasks(study);
  plan.linears = static_cast<std::int64_t>(linears.size());
  if (study.ablations) {
    plan.parity =
        check_suite(suite_of(*study.ablations, study.strategy), study.model.lora, tasks, linears, study.parity);
    return plan;
  }
  if (study.strategy.architecture.inherit_from) {
    plan.note = "the architecture is that of the better of S3a and S3b: see strategy=s3a and strategy=s3b";
    return plan;
  }
  const StrategyPlan own = plan_strategy({study.strategy, study.model.lora, tasks});
  plan.cross_level = cross_level_of(own, plan.shape.config);
  std::vector<ParityMember> members{{study.strategy.name, own.adapters, plan.cross_level}};
  if (study.parity.target) {
    ParityReport report = check_parity(members, linears, study.parity);
    plan.parity = CheckedSuite{members, std::move(report)};
  } else if (study.parity.solve) {
    throw InputError("there is nothing to solve for a single strategy", {.key = "parity.solve"},
                     "set parity.target, or take a suite: experiment=ablation_architecture");
  }
  plan.own = count_parameters(members.front().plan, linears, plan.cross_level);
  return plan;
}

void solve_parity(const StudyConfig& study, const ModelConfig& shape, StrategyPlan& plan) {
  if (!study.parity.solve) return;
  const auto linears = linear_shapes(shape, study.model.lora.target_modules);
  std::vector<ParityMember> members{{study.strategy.name, plan.adapters, cross_level_of(plan, shape)}};
  if (study.ablations) {
    members = check_suite(suite_of(*study.ablations, study.strategy), study.model.lora, strategy_tasks(study), linears,
                          study.parity)
                  .members;
  } else if (study.parity.target) {
    check_parity(members, linears, study.parity);
  }
  for (ParityMember& member : members) {
    if (member.name == study.strategy.name) plan.adapters = std::move(member.plan);
  }
}

void require_parity(const StudyConfig& study, const ParameterPlan& plan) {
  if (!plan.parity || (study.ablations && !study.ablations->parameter_parity_check)) return;
  require_parity(plan.parity->report);
}

}  // namespace polyclinic
