// runs list, runs show, runs compare: what the store knows.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/number_format.h"
#include "report/text_table.h"
#include "store/paired_test.h"
#include "store/run_store.h"

namespace polyclinic {
namespace {
namespace fs = std::filesystem;

struct Arguments {
  std::string results = "results";
  RunStore::Filter filter;
  std::string run, other;
  bool json = false;
};

// A listing never makes a store.
RunStore open_store(const fs::path& results) {
  if (!fs::exists(results / "polyclinic.sqlite")) {
    throw InputError("no run store", {.file = (results / "polyclinic.sqlite").string()},
                     "name the results folder with --results, or begin a run with `polyclinic run`");
  }
  return RunStore(results);
}

std::string optional_score(const std::optional<double>& score) { return score ? score_text(*score) : "-"; }

void print_table(const std::vector<TextRow>& rows, const std::set<std::size_t>& right = {}) {
  std::fputs(text_table(rows, right).c_str(), stdout);
}

std::string tasks_text(const RunRecord& run) {
  std::string out;
  for (const auto& [task, hash] : run.data) out += concat(out.empty() ? "" : ",", task);
  return out;
}

void print_json(const nlohmann::json& value) {
  std::printf("%s\n", value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

int list(const Arguments& arguments) {
  const std::vector<RunRecord> runs = open_store(arguments.results).list(arguments.filter);
  if (arguments.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const RunRecord& run : runs) out.push_back(to_json_object(run));
    print_json(out);
    return 0;
  }
  std::vector<TextRow> rows = {
      {"RUN", "MODEL", "STRATEGY", "SEED", "TASKS", "STATUS", "SCORE", "TOKENS", "ACTIVE", "TOTAL", "STARTED"}};
  for (const RunRecord& run : runs) {
    rows.push_back({run.id, run.model, run.strategy, run.seed, tasks_text(run), std::string(to_string(run.status)),
                    optional_score(run.score), with_separators(run.total_tokens().fed),
                    with_separators(run.parameters_active), with_separators(run.parameters_total), run.started});
  }
  print_table(rows, {6, 7, 8, 9});
  return 0;
}

// Facts that only some runs have.
void add_details(std::vector<TextRow>& rows, const RunRecord& run) {
  const auto add = [&](const char* key, const char* name, auto&& text) {
    if (const auto value = run.detail(key)) rows.push_back({name, text(*value)});
  };
  const auto count = [](double value) { return with_separators(static_cast<std::int64_t>(value)); };
  add("dev", "best dev", score_text);
  add("steps", "steps", count);
  add("best_step", "best step", count);
  add("heads", "head parameters", count);
  add("conflict_rate", "conflict rate", score_text);
  add("seconds", "seconds", count);
  const auto control = run.details.find("token_control");
  if (control == run.details.end()) return;
  rows.push_back({"token budget", concat(with_separators(control->value("budget", std::int64_t{0})), " of ",
                                         control->value("strategy", ""), " run ", control->value("run", ""),
                                         ", missed by ", control->value("difference", 0LL))});
}

int show(const Arguments& arguments) {
  const RunRecord run = open_store(arguments.results).resolve(arguments.run);
  if (arguments.json) {
    print_json(to_json_object(run));
    return 0;
  }
  std::vector<TextRow> rows = {{"run", run.id},
                               {"name", run.name},
                               {"model", run.model},
                               {"strategy", run.strategy},
                               {"seed", run.seed},
                               {"status", std::string(to_string(run.status))},
                               {"started", run.started},
                               {"ended", run.ended.empty() ? "-" : run.ended},
                               {"folder", (fs::path(arguments.results) / run.folder).string()},
                               {"score", optional_score(run.score)},
                               {"parameters", concat(with_separators(run.parameters_active), " active, ",
                                                     with_separators(run.parameters_total), " total")}};
  add_details(rows, run);
  if (!run.reason.empty()) rows.push_back({"reason", run.reason});
  print_table(rows);
  rows = {{"TASK", "FED", "LOSS-BEARING", "TRUNK"}};
  for (const auto& [task, tokens] : run.tokens) {
    rows.push_back(
        {task, with_separators(tokens.fed), with_separators(tokens.loss_bearing), with_separators(tokens.trunk)});
  }
  if (run.tokens.empty()) return 0;
  std::printf("\n");
  print_table(rows, {1, 2, 3});
  return 0;
}

// Numbers of a run's metrics by "task metric".
std::map<std::string, double> numbers(const RunRecord& run) {
  std::map<std::string, double> out;
  for (const auto& [task, metrics] : run.metrics.items()) {
    if (!metrics.is_object()) continue;
    for (const auto& [name, value] : metrics.items()) {
      if (value.is_number()) out[concat(task, " ", name)] = value.get<double>();
    }
  }
  return out;
}

// Paired tests of the tasks that both runs counted; empty when a run has no counts.
std::map<std::string, PairedResult> paired(const fs::path& results, const RunRecord& a, const RunRecord& b) {
  const fs::path file_a = RunFolder(results / a.folder).per_document();
  const fs::path file_b = RunFolder(results / b.folder).per_document();
  std::map<std::string, PairedResult> tests;
  if (!fs::exists(file_a) || !fs::exists(file_b)) return tests;
  std::map<std::string, std::vector<DocumentCounts>> of_a, of_b;
  for (DocumentCounts& d : read_per_document(file_a)) of_a[d.task].push_back(std::move(d));
  for (DocumentCounts& d : read_per_document(file_b)) of_b[d.task].push_back(std::move(d));
  for (const auto& [task, documents] : of_a) {
    if (of_b.contains(task)) tests[task] = paired_test(documents, of_b[task]);
  }
  return tests;
}

nlohmann::json json_of(const PairedResult& t) {
  return {{"documents", t.documents},   {"score_a", t.score_a},           {"score_b", t.score_b},
          {"difference", t.difference}, {"interval_95", {t.low, t.high}}, {"p_randomization", t.p_randomization},
          {"samples", t.samples}};
}

// What keeps a difference of scores from being one of architectures.
std::vector<std::string> unequal(const RunRecord& a, const RunRecord& b) {
  std::vector<std::string> out;
  const auto apart = [](std::int64_t x, std::int64_t y, double share) {
    return std::abs(static_cast<double>(x - y)) > share * static_cast<double>(std::max(x, y));
  };
  for (const auto& [task, hash] : a.data) {
    const auto other = b.data.find(task);
    if (other != b.data.end() && other->second != hash) out.push_back(concat("the data of ", task, " differ"));
  }
  if (a.model != b.model) out.push_back(concat("the models differ: ", a.model, " and ", b.model));
  const auto matched = [](const RunRecord& run, const RunRecord& other) {
    const auto control = run.details.find("token_control");
    return control != run.details.end() && control->value("run", "") == other.id;
  };
  if (!matched(a, b) && !matched(b, a) && apart(a.total_tokens().fed, b.total_tokens().fed, 0.01)) {
    out.emplace_back("the runs saw different numbers of tokens; experiment=token_controlled makes them equal");
  }
  if (apart(a.parameters_active, b.parameters_active, 0.05) && apart(a.parameters_total, b.parameters_total, 0.05)) {
    out.emplace_back("neither active nor total parameters agree within 5 %; see docs/parity.md");
  }
  return out;
}

void print_comparison(const RunRecord& a, const RunRecord& b, const std::map<std::string, PairedResult>& tests) {
  const std::map<std::string, double> of_a = numbers(a), of_b = numbers(b);
  std::set<std::string> names;
  for (const auto& [name, value] : of_a) names.insert(name);
  for (const auto& [name, value] : of_b) names.insert(name);
  std::vector<TextRow> rows = {{"", a.id, b.id, "DIFFERENCE"}, {"strategy", a.strategy, b.strategy}};
  for (const std::string& name : names) {
    const auto x = of_a.find(name), y = of_b.find(name);
    const bool both = x != of_a.end() && y != of_b.end();
    rows.push_back({name, x == of_a.end() ? "-" : score_text(x->second), y == of_b.end() ? "-" : score_text(y->second),
                    both ? score_text(y->second - x->second) : "-"});
  }
  const auto count_row = [&](const char* name, std::int64_t x, std::int64_t y) {
    rows.push_back({name, with_separators(x), with_separators(y), with_separators(y - x)});
  };
  count_row("tokens fed", a.total_tokens().fed, b.total_tokens().fed);
  count_row("tokens through the trunk", a.total_tokens().trunk, b.total_tokens().trunk);
  count_row("parameters active", a.parameters_active, b.parameters_active);
  count_row("parameters total", a.parameters_total, b.parameters_total);
  print_table(rows, {1, 2, 3});
  for (const std::string& line : unequal(a, b)) std::printf("Note: %s\n", line.c_str());
  if (tests.empty()) {
    std::printf("\nNo paired test: both runs need per_document.jsonl with a task in common.\n");
    return;
  }
  rows = {{"PAIRED", "DOCUMENTS", a.id, b.id, "DIFFERENCE", "95 % INTERVAL", "P"}};
  for (const auto& [task, t] : tests) {
    rows.push_back({task, std::to_string(t.documents), score_text(t.score_a), score_text(t.score_b),
                    score_text(t.difference), concat(score_text(t.low), " to ", score_text(t.high)),
                    score_text(t.p_randomization)});
  }
  std::printf("\n");
  print_table(rows, {1, 2, 3, 4, 5, 6});
  std::printf("Bootstrap over documents for the interval, approximate randomisation for P; %lld samples each.\n",
              static_cast<long long>(tests.begin()->second.samples));
}

int compare(const Arguments& arguments) {
  const RunStore store = open_store(arguments.results);
  const RunRecord a = store.resolve(arguments.run), b = store.resolve(arguments.other);
  const std::map<std::string, PairedResult> tests = paired(arguments.results, a, b);
  if (!arguments.json) {
    print_comparison(a, b, tests);
    return 0;
  }
  nlohmann::json paired_json = nlohmann::json::object();
  for (const auto& [task, test] : tests) paired_json[task] = json_of(test);
  print_json({{"a", to_json_object(a)}, {"b", to_json_object(b)}, {"paired", paired_json}, {"notes", unequal(a, b)}});
  return 0;
}

std::shared_ptr<Arguments> common(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--results", arguments->results, "results folder (output.dir)")->capture_default_str();
  command.add_flag("--json", arguments->json, "JSON instead of a table");
  return arguments;
}
}  // namespace

std::function<int()> declare_runs_list(CLI::App& command) {
  const auto arguments = common(command);
  command.add_option("--model", arguments->filter.model, "only runs of this model (short name)");
  command.add_option("--strategy", arguments->filter.strategy, "only runs of this strategy");
  command.add_option("--task", arguments->filter.task, "only runs that trained on this task");
  command.add_option("--status", arguments->filter.status, "only running, finished, failed or stopped runs");
  return [arguments] { return list(*arguments); };
}

std::function<int()> declare_runs_show(CLI::App& command) {
  const auto arguments = common(command);
  command.add_option("run", arguments->run, "id, the beginning of one, or a name")->required();
  return [arguments] { return show(*arguments); };
}

std::function<int()> declare_runs_compare(CLI::App& command) {
  const auto arguments = common(command);
  command.add_option("a", arguments->run, "id or name of the first run")->required();
  command.add_option("b", arguments->other, "id or name of the second run")->required();
  return [arguments] { return compare(*arguments); };
}

}  // namespace polyclinic
