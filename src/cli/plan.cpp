// polyclinic plan: what an experiment would take, without training. Parameters need neither weights nor data; tokens,
// steps and memory are added when the model folder and the data are there.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>

#include "cli/experiment.h"
#include "cli/matched_budget.h"
#include "cli/memory_plan.h"
#include "cli/parameter_plan.h"
#include "cli/run_list.h"
#include "cli/verb.h"
#include "config/study_check.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"
#include "report/text_table.h"
#include "store/run_store.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

Json parity_json(const ParityReport& report) {
  Json out = {{"count", report.active ? "active" : "total"},
              {"target", report.target},
              {"tolerance", report.tolerance},
              {"within", report.within()},
              {"variants", Json::array()}};
  for (const ParityRow& row : report.rows) {
    out["variants"].push_back({{"name", row.name},
                               {"active", row.count.active},
                               {"total", row.count.total},
                               {"deviation", row.deviation},
                               {"stated", row.stated},
                               {"change", row.change}});
  }
  return out;
}

Json parameters_json(const ParameterPlan& plan) {
  Json out;
  out["shape"] = plan.shape.source;
  out["base_parameters"] = parameter_count(plan.shape.config);
  if (plan.own) out["adapters"] = {{"active", plan.own->active}, {"total", plan.own->total}};
  if (plan.cross_level > 0) out["adapters"]["cross_level"] = plan.cross_level;
  if (plan.parity) out["parity"] = parity_json(plan.parity->report);
  if (!plan.note.empty()) out["note"] = plan.note;
  return out;
}

std::string parameters_text(const ParameterPlan& plan) {
  std::string out = concat("base parameters     ", with_separators(parameter_count(plan.shape.config)), " (",
                           plan.shape.source, ")\n");
  if (plan.own) {
    out += concat("adapter parameters  ", with_separators(plan.own->active), " active, ",
                  with_separators(plan.own->total), " total, in ", plan.linears, " linears");
    if (plan.cross_level > 0) {
      out += concat(", ", with_separators(plan.cross_level), " of them in cross-level attention");
    }
    out += "\n";
  }
  if (plan.parity) out += concat("parameter parity    ", plan.parity->report.table(), "\n");
  if (!plan.note.empty()) out += concat("adapter parameters  ", plan.note, "\n");
  return out;
}

// Heads, sequences, tokens, steps and memory: reads the model and the training data.
Json training_json(const StudyConfig& study) {
  Experiment experiment;
  experiment.study = study;
  experiment.placement = place_training(study);
  experiment.tasks = load_tasks(experiment.study, {"train"});
  build_network(experiment);
  encode_training(experiment);
  const TrainerOptions options = trainer_options(experiment);
  Json out;
  out["heads"] = experiment.network->head_parameters();
  std::int64_t tokens = 0, sequences = 0;
  for (std::size_t p = 0; p < experiment.training.size(); ++p) {
    std::int64_t sum = 0;
    for (const PartSequence& item : experiment.training[p]) {
      sum += static_cast<std::int64_t>(item.tokens().token_ids.size());
    }
    out["training"][experiment.network->parts()[p].name] = {{"sequences", experiment.training[p].size()},
                                                            {"tokens", sum},
                                                            {"gold", experiment.counts[p].gold},
                                                            {"lost", experiment.counts[p].lost}};
    tokens += sum;
    sequences += static_cast<std::int64_t>(experiment.training[p].size());
  }
  out["steps"] = options.steps;
  out["tokens_estimate"] = tokens * options.steps * options.batch_size / std::max<std::int64_t>(1, sequences);
  const Placement& place = *experiment.placement;
  out["memory_bytes_estimate"] = place.memory.needed;
  out["memory"] = concat(place.gpu.title, ", ", dtype_name(place.trunk.dtype), ": ",
                         plan_text(place.memory, place.model, place.gpu));
  return out;
}

// What each single-task run will get, and from which run; or what to run first. Never makes a store.
Json token_budgets(const StudyConfig& study) {
  Json out = {{"match_to", study.token_control->match_to}};
  try {
    const std::filesystem::path results = study.output.dir;
    if (!std::filesystem::exists(results / "polyclinic.sqlite")) {
      throw InputError(concat("no run is recorded in ", results.string()), {},
                       concat("run ", match_target(study.token_control->match_to).strategy, " first"));
    }
    RunStore store(results);
    for (const PlannedRun& run : planned_runs(study)) {
      const MatchedBudget budget = matched_budget(store, *study.token_control, run_subject(store, run.study));
      for (const TaskEntry& entry : run.study.tasks) out["runs"][entry.key] = to_json_object(budget);
    }
  } catch (const InputError& error) {
    out["unknown"] = error.what();
  }
  return out;
}

// `training`: training_json's, for the length of an epoch; or empty.
std::string budget_text(const Json& budgets, const Json& training) {
  if (budgets.contains("unknown"))
    return concat("token budget        not known: ", budgets["unknown"].get<std::string>(), "\n");
  std::vector<TextRow> rows = {{"TASK", "TOKEN BUDGET", "EPOCHS", "MATCHED TO"}};
  for (const auto& [task, budget] : budgets["runs"].items()) {
    std::int64_t epoch = 0;
    for (const auto& [part, counts] : training.items()) {
      if (part == task || part.starts_with(task + ".")) epoch += counts["tokens"].get<std::int64_t>();
    }
    const auto tokens = budget["budget"].get<std::int64_t>();
    rows.push_back({task, with_separators(tokens),
                    epoch > 0 ? fixed(static_cast<double>(tokens) / static_cast<double>(epoch), 1) : "-",
                    concat(budget["strategy"].get<std::string>(), " run ", budget["run"].get<std::string>())});
  }
  return "\n" + text_table(rows, {1, 2});
}

std::string training_text(const Json& plan, bool budgeted) {
  const auto number = [](const Json& value) { return with_separators(value.get<std::int64_t>()); };
  std::string out = concat("head parameters     ", number(plan["heads"]), "\n");
  std::vector<TextRow> rows = {{"PART", "SEQUENCES", "TOKENS AN EPOCH", "GOLD ITEMS", "LOST"}};
  for (const auto& [name, part] : plan["training"].items()) {
    rows.push_back(
        {name, number(part["sequences"]), number(part["tokens"]), number(part["gold"]), number(part["lost"])});
  }
  if (!budgeted) {
    out += concat("steps               ", number(plan["steps"]), " at most, about ", number(plan["tokens_estimate"]),
                  " tokens\n");
  }
  out += concat("memory              ", plan["memory"].get<std::string>(), "\n");
  return concat(out, "\n", text_table(rows, {1, 2, 3, 4}));
}

constexpr const char* kHelp =
    "polyclinic plan [key=value ...] [--json]: parameters, parity, tokens, steps and memory of an experiment\n"
    "  --json             as JSON\n"
    "  --parameters-only  leave out what needs the model's files and the data\n"
    "  --gpu NAME         whether and how it fits a card: t4, l4, a100-40, a100, h100, h200 (no model files needed)\n"
    "  --t4-table         the table of docs/t4.md: six models x S1 to S4 and A1 to A4 on a T4\n"
    "  --parity-tables    the tables of docs/parity.md: six models, S1 to S4 and A1 to A4\n"
    "  -cn, -cp, -cd      as in polyclinic config\n"
    "Exit code 2 when a suite of ablations is outside parity.tolerance; parity.solve=true finds ranks that fit.\n";

struct PlanWords {
  bool json = false, parameters_only = false;
  const Gpu* gpu = nullptr;
  std::optional<std::string> answer;  // of an option that wants no experiment
};

PlanWords parse_plan(const ConfigArguments& arguments) {
  PlanWords out;
  for (std::size_t i = 0; i < arguments.rest.size(); ++i) {
    const std::string& word = arguments.rest[i];
    if (word == "-h" || word == "--help") {
      out.answer = kHelp;
    } else if (word == "--t4-table") {
      out.answer = t4_table(arguments.request(executable_path()).folder);
    } else if (word == "--parity-tables") {
      out.answer = parity_tables(arguments.request(executable_path()).folder);
    } else if (word == "--gpu") {
      if (++i == arguments.rest.size()) throw InputError("--gpu wants the name of a card", {}, "e.g. --gpu t4");
      out.gpu = &find_gpu(arguments.rest[i]);
    } else if (word == "--json" || word == "--parameters-only") {
      (word == "--json" ? out.json : out.parameters_only) = true;
    } else {
      throw InputError(concat("unknown option ", word), {}, "see polyclinic plan --help");
    }
    if (out.answer) return out;
  }
  return out;
}

// The plan's lines, and the same in `out`; `say` prints them where a person reads.
template <typename Say>
void plan_memory_and_tokens(const StudyConfig& study, const ParameterPlan& parameters, const PlanWords& words,
                            Json& out, const Say& say) {
  if (words.gpu != nullptr) {
    const ModelConfig& model = parameters.shape.config;
    const GpuPlan memory = plan_gpu(study, model, *words.gpu);
    require_fit(memory, study, *words.gpu);
    out["gpu"] = concat(words.gpu->title, ", ", dtype_name(compute_dtype(study, *words.gpu)), ": ",
                        plan_text(memory, model, *words.gpu));
    say(concat("gpu                 ", out["gpu"].get<std::string>(), "\n"));
  }
  const auto unknown = [&](const std::exception& error) {
    out["training_unknown"] = error.what();
    say(concat("tokens and memory   not planned: ", error.what(), "\n"));
  };
  if (!words.parameters_only) {
    try {
      const Json training = training_json(study);
      out.update(training);
      say(training_text(training, study.token_control.has_value()));
    } catch (const InputError& error) {
      unknown(error);
    } catch (const FailedError& error) {
      unknown(error);
    }
  }
  if (study.token_control) {
    out["token_control"] = token_budgets(study);
    say(budget_text(out["token_control"], out.value("training", Json::object())));
  }
}

int run(const std::vector<std::string>& given) {
  const ConfigArguments arguments = parse_config_arguments(given, {"--gpu"});
  const PlanWords words = parse_plan(arguments);
  const auto say = [&](const std::string& text) {
    if (words.json) return;
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  };
  if (words.answer) {
    std::fputs(words.answer->c_str(), stdout);
    return 0;
  }
  const StudyConfig study =
      compose_study(arguments.request(executable_path()), static_cast<std::int64_t>(std::time(nullptr))).config;
  refuse_without_effect(study);
  const ParameterPlan parameters = plan_parameters(study);
  Json out = parameters_json(parameters);
  say(parameters_text(parameters));
  plan_memory_and_tokens(study, parameters, words, out, say);
  if (words.json) std::printf("%s\n", out.dump(1).c_str());
  std::fflush(stdout);
  require_parity(study, parameters);
  return 0;
}

}  // namespace

std::function<int()> declare_plan(CLI::App& command) {
  command.prefix_command();
  command.set_help_flag();
  return [&command] { return run(command.remaining()); };
}

}  // namespace polyclinic
