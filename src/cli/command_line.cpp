#include "cli/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "config/nearest.h"
#include "config/study_compose.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

bool is_option(const std::string& word) { return word.starts_with("-"); }

void require_help(const std::string& word, const std::string& before) {
  if (word == "-h" || word == "--help") return;
  throw InputError(concat("there is no option ", word, " before the verb"), {},
                   concat("see polyclinic", before, " --help"));
}

bool is_group(const std::vector<Verb>& verbs, const std::string& word) {
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const Verb& verb) { return std::string(verb.name).starts_with(word + " "); });
}

[[noreturn]] void refuse(const std::vector<Verb>& verbs, const std::string& written) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) names.emplace_back(verb.name);
  const std::string near = nearest_name(written, names);
  throw InputError(concat("there is no verb '", written, "'"), {},
                   near.empty() ? "see polyclinic --help" : concat("did you mean '", near, "'?"));
}

struct Command {
  CLI::App* app;
  std::function<int()> run;
};

// Makes the sub-command of "data synth" below "data", which is made on first sight.
CLI::App* add_command(CLI::App& program, std::map<std::string, CLI::App*>& groups, const Verb& verb) {
  const std::string name = verb.name;
  const std::size_t blank = name.find(' ');
  if (blank == std::string::npos) return program.add_subcommand(name, verb.summary);
  const std::string group = name.substr(0, blank);
  CLI::App*& parent = groups[group];
  if (parent == nullptr) {
    parent = program.add_subcommand(group, "see `polyclinic " + group + " --help`");
    parent->require_subcommand(1);
  }
  return parent->add_subcommand(name.substr(blank + 1), verb.summary);
}

}  // namespace

const Verb* find_verb(const std::vector<Verb>& verbs, const std::vector<std::string>& words) {
  if (words.empty()) throw InputError("no verb is given", {}, "see polyclinic --help");
  if (is_option(words[0])) {
    require_help(words[0], "");
    return nullptr;
  }
  std::string written = words[0];
  if (is_group(verbs, written)) {
    if (words.size() < 2) {
      throw InputError(concat("'", written, "' needs a verb"), {}, concat("see polyclinic ", written, " --help"));
    }
    if (is_option(words[1])) {
      require_help(words[1], " " + written);
      return nullptr;
    }
    written += " " + words[1];
  }
  const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return written == verb.name; });
  if (found == verbs.end()) refuse(verbs, written);
  return &*found;
}

int run_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& words,
                     const std::function<int(const std::vector<std::string>&)>& engine) {
  const Verb* wanted = find_verb(verbs, words);
  if (wanted != nullptr && wanted->declare == nullptr) return engine(words);
  CLI::App program("Many clinical tasks, one language model, and an honest answer to whether they helped each other.",
                   "polyclinic");
  program.require_subcommand(1);
  std::vector<Command> commands;
  std::map<std::string, CLI::App*> groups;
  for (const Verb& verb : verbs) {
    if (wanted != nullptr && wanted != &verb) continue;
    CLI::App* app = add_command(program, groups, verb);
    if (verb.declare != nullptr) commands.push_back({app, verb.declare(*app)});
  }
  try {
    program.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);
    const std::string verb = wanted == nullptr ? "" : concat(" ", wanted->name);
    throw InputError(error.what(), {}, concat("see polyclinic", verb, " --help"));
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return 0;
}

int run_engine(const std::vector<std::string>& words) {
  const std::string path = (executable_path().parent_path() / "polyclinic-engine").string();
  std::string name = "polyclinic";
  std::vector<std::string> kept = words;
  std::vector<char*> arguments = {name.data()};
  for (std::string& word : kept) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // OpenMP reads its environment before main(): by default its threads spin while they wait, and on a machine that is
  // busy with other work the spinning takes the time of those who compute (docs/performance.md).
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::execv(path.c_str(), arguments.data());
  throw FailedError(concat("the verb '", words.at(0), "' needs this program: ", std::strerror(errno)), {path},
                    "build the target polyclinic-engine");
}

}  // namespace polyclinic
