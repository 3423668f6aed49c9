#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <memory>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/scorer.h"

namespace polyclinic {
namespace {

struct Arguments {
  std::string task, gold, predicted;
  bool json = false;
};

// "--mode class", "--mode=class", "mode=class", "-m class"; an option alone is "true".
ScoreOptions parse_options(const Scorer& scorer, const std::vector<std::string>& words) {
  ScoreOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string name = words[i], value;
    const std::size_t equals = name.find('=');
    const bool dashed = name.starts_with("-");
    if (!dashed && equals == std::string::npos) {
      throw InputError(concat("score does not know '", name, "'"), {}, "write an option as --name value or name=value");
    }
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < words.size() && !words[i + 1].starts_with("--")) {
      value = words[++i];
    } else {
      value = "true";
    }
    for (const ScoreOption& option : scorer.options) {
      if (!option.flag.empty() && name == option.flag) name = option.name;
    }
    options[name.substr(std::min(name.find_first_not_of('-'), name.size()))] = value;
  }
  return options;
}

int run(const Arguments& arguments, const std::vector<std::string>& rest) {
  const ScoreOptions options = parse_options(find_scorer(arguments.task), rest);
  const ScoreReport report = score(arguments.task, arguments.gold, arguments.predicted, options);
  if (!arguments.json) {
    std::fwrite(report.text.data(), 1, report.text.size(), stdout);
    return 0;
  }
  nlohmann::ordered_json out = {{"task", arguments.task},
                                {"primary", {{"name", report.primary_name}, {"value", report.primary}}},
                                {"scores", report.json}};
  std::printf("%s\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  return 0;
}

std::string footer() {
  std::string text = "Tasks and their options:\n";
  for (const Scorer& scorer : scorers()) {
    text += concat("  ", scorer.task, ": ", scorer.summary, " (", scorer.official, ")\n");
    for (const ScoreOption& option : scorer.options) {
      text += concat("      --", option.name, option.flag.empty() ? "" : concat(" | ", option.flag), ": ", option.help);
      std::string choices;
      for (const std::string& choice : option.choices) choices += concat(choices.empty() ? "" : "|", choice);
      text += concat(choices.empty() ? "" : concat(" (", choices, ")"),
                     option.fallback.empty() ? "" : concat(" [", option.fallback, "]"), "\n");
    }
  }
  return text;
}

}  // namespace

std::function<int()> declare_score(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("task", arguments->task, "name of the task")->required();
  command.add_option("--gold", arguments->gold, "gold file or folder, as the official script takes it")->required();
  command.add_option("--pred", arguments->predicted, "predicted file or folder")->required();
  command.add_flag("--json", arguments->json, "print JSON with unrounded numbers");
  command.allow_extras();
  command.footer(footer());
  return [arguments, &command] { return run(*arguments, command.remaining()); };
}

}  // namespace polyclinic
