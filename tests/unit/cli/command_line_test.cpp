#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include <memory>

#include "core/error.h"

namespace polyclinic {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

std::function<int()> declare_seven(CLI::App& command) {
  const auto add = std::make_shared<int>(0);
  command.add_option("--add", *add);
  return [add] { return 7 + *add; };
}

const std::vector<Verb> some = {
    {"config", "a", declare_seven}, {"data synth", "b", declare_seven}, {"run", "c", nullptr}};

int no_engine(const Words&) {
  ADD_FAILURE() << "the engine was asked for";
  return -1;
}

std::string refusal(const Words& words) {
  try {
    run_command_line(some, words, no_engine);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CommandLine, RunsAVerbAndASubVerbWithTheirOptions) {
  EXPECT_EQ(run_command_line(some, {"config"}, no_engine), 7);
  EXPECT_EQ(run_command_line(some, {"data", "synth", "--add", "3"}, no_engine), 10);
}

TEST(CommandLine, AVerbWithoutDeclarationGoesToTheEngineWithAllItsWords) {
  Words seen;
  const auto engine = [&](const Words& words) {
    seen = words;
    return 5;
  };
  EXPECT_EQ(run_command_line(some, {"run", "--help"}, engine), 5);
  EXPECT_EQ(seen, (Words{"run", "--help"}));
}

TEST(CommandLine, AnUnknownVerbIsOneLineWithTheNearestName) {
  EXPECT_EQ(refusal({"confg"}), "there is no verb 'confg'; did you mean 'config'?");
  EXPECT_EQ(refusal({"data", "synht"}), "there is no verb 'data synht'; did you mean 'data synth'?");
  EXPECT_EQ(refusal({"entirely-else"}), "there is no verb 'entirely-else'; see polyclinic --help");
  EXPECT_EQ(refusal({}), "no verb is given; see polyclinic --help");
  EXPECT_EQ(refusal({"--foo"}), "there is no option --foo before the verb; see polyclinic --help");
  EXPECT_EQ(refusal({"data"}), "'data' needs a verb; see polyclinic data --help");
}

TEST(CommandLine, AWrongOptionIsOneLineThatNamesIt) {
  const std::string line = refusal({"data", "synth", "--ad", "3"});
  EXPECT_THAT(line, HasSubstr("--ad"));
  EXPECT_THAT(line, HasSubstr("see polyclinic data synth --help"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(CommandLine, HelpListsEveryVerb) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run_command_line(some, {"--help"}, no_engine), 0);
  const std::string help = ::testing::internal::GetCapturedStdout();
  for (const char* name : {"config", "data", "run"}) EXPECT_THAT(help, HasSubstr(name));
}

TEST(CommandLine, AnEngineThatIsNotThereIsAFailureWithItsPath) {
  // The tests' own folder holds no polyclinic-engine.
  try {
    run_engine({"run"});
    FAIL() << "the engine was started";
  } catch (const FailedError& error) {
    EXPECT_THAT(error.what(), HasSubstr("polyclinic-engine: the verb 'run' needs this program"));
  }
}

}  // namespace
}  // namespace polyclinic
