#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/task_data.h"
#include "core/concat.h"
#include "core/error.h"
#include "data/survival.h"
#include "text/sentences.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  TaskDataArguments data;
  std::string tokenizer;
  std::size_t max_tokens = 512, overlap = 64;
};

// The same text in two splits: what is learnt is then asked for.
void check_leaks(const std::vector<Split>& splits, Diagnostics& diagnostics) {
  std::map<std::pair<std::string, std::string>, std::string> seen;
  for (const Split& split : splits) {
    std::size_t shared = 0;
    std::string first;
    for (const Example& example : split.examples) {
      const auto [at, fresh] = seen.emplace(std::pair(example.text, example.second_text), split.name);
      if (fresh || at->second == split.name) continue;
      if (shared++ == 0) first = example.id;
    }
    if (shared > 0) {
      diagnostics.warning(concat(shared, " of ", split.examples.size(), " texts of ", split.name,
                                 " are in an earlier split too (first: ", first, ")"),
                          {}, "remove them from one of the splits");
    }
  }
}

std::set<std::string> ids_twice(const Split& split) {
  std::set<std::string> seen, twice;
  for (const Example& example : split.examples) {
    if (!seen.insert(example.group + '\x1f' + example.id).second) twice.insert(example.id);
  }
  return twice;
}

Json survival_json(const Survival& s) {
  std::map<std::string, std::size_t> reasons;
  for (const LostMention& lost : s.lost) ++reasons[std::string(to_string(lost.why))];
  return {{"mentions", s.mentions},
          {"survived", s.survived},
          {"share", s.share()},
          {"discontiguous", s.discontiguous},
          {"discontiguous_survived", s.discontiguous_survived},
          {"lost", reasons}};
}

Json check_survival(const Arguments& arguments, const std::vector<Split>& splits) {
  const bool file = std::filesystem::is_regular_file(arguments.tokenizer);
  const Tokenizer tokenizer =
      file ? Tokenizer::from_file(arguments.tokenizer) : Tokenizer::from_folder(arguments.tokenizer);
  const bool overlapping = find_task(arguments.data.task).parts.front().head == "multilabel_span";
  Json out = Json::object();
  for (const Split& split : splits) {
    const std::vector<std::string> types = mention_types(split.examples);
    if (types.empty()) continue;
    const WindowOptions windows{arguments.max_tokens, arguments.overlap};
    const auto begins = [](std::string_view text) { return sentence_begins(text); };
    const MentionLabels labels(types, MentionLabels::Form::layered);
    out[split.name] = survival_json(overlapping ? span_survival(split.examples, tokenizer, windows, begins)
                                                : survival(split.examples, tokenizer, labels, windows, begins));
  }
  return out;
}

void print(const Diagnostics& found, const Json& survived, const std::vector<Split>& splits) {
  for (const Diagnostic& d : found.items()) {
    std::printf("%s: %s\n", d.severity == Severity::error ? "error" : "warning", to_string(d).c_str());
  }
  for (const auto& [name, s] : survived.items()) {
    std::printf("%s: %zu of %zu mentions survive encode -> decode (%.2f %%); discontiguous %zu of %zu\n", name.c_str(),
                s["survived"].get<std::size_t>(), s["mentions"].get<std::size_t>(), 100 * s["share"].get<double>(),
                s["discontiguous_survived"].get<std::size_t>(), s["discontiguous"].get<std::size_t>());
    for (const auto& [why, count] : s["lost"].items())
      std::printf("  lost, %s: %zu\n", why.c_str(), count.get<std::size_t>());
  }
  std::size_t examples = 0;
  for (const Split& split : splits) examples += split.examples.size();
  std::printf("%zu examples in %zu splits: %zu errors, %zu warnings\n", examples, splits.size(), found.errors(),
              found.warnings());
}

Json to_json(const Diagnostics& found) {
  Json out = Json::array();
  for (const Diagnostic& d : found.items()) {
    out.push_back({{"severity", d.severity == Severity::error ? "error" : "warning"},
                   {"file", d.where.file},
                   {"line", d.where.line},
                   {"what", d.what},
                   {"mend", d.mend}});
  }
  return out;
}

int run(const Arguments& arguments) {
  Diagnostics found(Diagnostics::Mode::collect);
  const std::vector<Split> splits = read_splits(arguments.data, found);
  for (const Split& split : splits) {
    for (const std::string& id : ids_twice(split)) {
      found.error(concat("the id '", id, "' stands for two examples of ", split.name), {}, "give each its own id");
    }
  }
  check_leaks(splits, found);
  const Json survived = arguments.tokenizer.empty() ? Json::object() : check_survival(arguments, splits);
  if (arguments.data.json) {
    const Json out = {{"errors", found.errors()},
                      {"warnings", found.warnings()},
                      {"defects", to_json(found)},
                      {"survival", survived}};
    std::printf("%s\n", out.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    print(found, survived, splits);
  }
  return static_cast<int>(found.errors() > 0 ? ExitCode::bad_input : ExitCode::done);
}

}  // namespace

std::function<int()> declare_data_check(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  declare_task_data(command, arguments->data);
  command.add_option("--tokenizer", arguments->tokenizer,
                     "tokenizer.json or model folder: also count surviving mentions");
  command.add_option("--max-tokens", arguments->max_tokens, "length of a window, special tokens included")
      ->capture_default_str();
  command.add_option("--overlap", arguments->overlap, "tokens that windows share")->capture_default_str();
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
