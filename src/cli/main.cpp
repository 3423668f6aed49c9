#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "cli/verb.h"
#include "core/error.h"

namespace polyclinic {
namespace {

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

int run(int argc, char** argv) {
  CLI::App program("Many clinical tasks, one language model, and an honest answer to whether they helped each other.",
                   "polyclinic");
  program.require_subcommand(1);
  std::vector<Command> commands;
  std::map<std::string, CLI::App*> groups;
  for (const Verb& verb : verbs()) {
    CLI::App* app = add_command(program, groups, verb);
    commands.push_back({app, verb.declare(*app)});
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::bad_input);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return 0;
}

}  // namespace
}  // namespace polyclinic

int main(int argc, char** argv) {
  try {
    return polyclinic::run(argc, argv);
  } catch (const polyclinic::Error& error) {
    std::fprintf(stderr, "polyclinic: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "polyclinic: internal error: %s; please report it with the command that led here\n",
                 error.what());
    return static_cast<int>(polyclinic::ExitCode::failed);
  }
}
