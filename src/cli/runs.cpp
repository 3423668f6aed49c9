// runs list, runs show, runs compare: what the store knows.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "store/paired_test.h"
#include "store/run_store.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {
namespace fs = std::filesystem;
using Row = std::vector<std::string>;

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

// Columns as wide as their widest cell; the first row is the head. The same bytes on a terminal and in a file.
void print_table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], count_code_points(row[c]));
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += row[c];
      if (c + 1 < row.size()) line.append(widths[c] - count_code_points(row[c]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

std::string score_text(const std::optional<double>& score) { return score ? fixed(*score) : "-"; }

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
  std::vector<Row> rows = {
      {"RUN", "NAME", "MODEL", "STRATEGY", "SEED", "TASKS", "STATUS", "SCORE", "TOKENS", "STARTED"}};
  for (const RunRecord& run : runs) {
    rows.push_back({run.id, run.name, run.model, run.strategy, run.seed, tasks_text(run),
                    std::string(to_string(run.status)), score_text(run.score), std::to_string(run.total_tokens().fed),
                    run.started});
  }
  print_table(rows);
  return 0;
}

int show(const Arguments& arguments) {
  const RunRecord run = open_store(arguments.results).resolve(arguments.run);
  if (arguments.json) {
    print_json(to_json_object(run));
    return 0;
  }
  std::vector<Row> rows = {{"run", run.id},
                           {"name", run.name},
                           {"model", run.model},
                           {"strategy", run.strategy},
                           {"seed", run.seed},
                           {"status", std::string(to_string(run.status))},
                           {"started", run.started},
                           {"ended", run.ended.empty() ? "-" : run.ended},
                           {"folder", (fs::path(arguments.results) / run.folder).string()},
                           {"score", score_text(run.score)},
                           {"parameters", concat(run.parameters_active, " active, ", run.parameters_total, " total")}};
  if (!run.reason.empty()) rows.push_back({"reason", run.reason});
  print_table(rows);
  rows = {{"TASK", "FED", "LOSS-BEARING", "TRUNK"}};
  for (const auto& [task, tokens] : run.tokens) {
    rows.push_back(
        {task, std::to_string(tokens.fed), std::to_string(tokens.loss_bearing), std::to_string(tokens.trunk)});
  }
  if (run.tokens.empty()) return 0;
  std::printf("\n");
  print_table(rows);
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
  return {{"documents", t.documents},
          {"f1_a", t.f1_a},
          {"f1_b", t.f1_b},
          {"difference", t.difference},
          {"interval_95", {t.low, t.high}},
          {"p_randomization", t.p_randomization},
          {"samples", t.samples}};
}

void print_comparison(const RunRecord& a, const RunRecord& b, const std::map<std::string, PairedResult>& tests) {
  const std::map<std::string, double> of_a = numbers(a), of_b = numbers(b);
  std::set<std::string> names;
  for (const auto& [name, value] : of_a) names.insert(name);
  for (const auto& [name, value] : of_b) names.insert(name);
  std::vector<Row> rows = {{"", a.id, b.id, "DIFFERENCE"}, {"strategy", a.strategy, b.strategy}};
  for (const std::string& name : names) {
    const auto x = of_a.find(name), y = of_b.find(name);
    const bool both = x != of_a.end() && y != of_b.end();
    rows.push_back({name, x == of_a.end() ? "-" : fixed(x->second), y == of_b.end() ? "-" : fixed(y->second),
                    both ? fixed(y->second - x->second) : "-"});
  }
  const auto count_row = [&](const char* name, std::int64_t x, std::int64_t y) {
    rows.push_back({name, std::to_string(x), std::to_string(y), std::to_string(y - x)});
  };
  count_row("tokens fed", a.total_tokens().fed, b.total_tokens().fed);
  count_row("parameters active", a.parameters_active, b.parameters_active);
  count_row("parameters total", a.parameters_total, b.parameters_total);
  print_table(rows);
  if (tests.empty()) {
    std::printf("\nNo paired test: both runs need per_document.jsonl with a task in common.\n");
    return;
  }
  rows = {{"PAIRED", "DOCUMENTS", "F1 " + a.id, "F1 " + b.id, "DIFFERENCE", "95 % INTERVAL", "P"}};
  for (const auto& [task, t] : tests) {
    rows.push_back({task, std::to_string(t.documents), fixed(t.f1_a), fixed(t.f1_b), fixed(t.difference),
                    concat(fixed(t.low), " to ", fixed(t.high)), fixed(t.p_randomization)});
  }
  std::printf("\n");
  print_table(rows);
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
  print_json({{"a", to_json_object(a)}, {"b", to_json_object(b)}, {"paired", paired_json}});
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
