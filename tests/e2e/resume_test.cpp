// A run that is killed at any moment and started again ends with the weights of a run that nobody disturbed, bit for
// bit.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

void write_corpus(const fs::path& folder) {
  const std::vector<std::string> drugs = {"aspirin", "zolfene", "traelex", "kinomab"};
  const std::vector<std::string> diseases = {"fever", "nausea", "dryguous"};
  for (const std::string split : {"train", "dev", "test"}) {
    std::string text;
    for (std::size_t i = 0; i < 48; ++i) {
      text += "He\tO\ntook\tO\n" + drugs[i % 4] + "\tB-Chemical\nfor\tO\n";
      if (i % 3 == 0) text += "severe\tO\n";
      text += diseases[i % 3] + "\tB-Disease\n.\tO\n\n";
    }
    write_file_atomic(folder / (split + ".tsv"), text);
  }
}

std::vector<std::string> command(const fs::path& data, const fs::path& results) {
  const std::string source = POLYCLINIC_SOURCE_DIR;
  return {POLYCLINIC_PROGRAM,
          "run",
          "-cp",
          source + "/configs",
          "--quiet",
          "model=tiny",
          "task=bc5cdr",
          "strategy=s1",
          "model.path=" POLYCLINIC_TEST_MODELS "/tiny",
          "task.data.path=" + data.string(),
          "output.dir=" + results.string(),
          "train.epochs=5",
          "train.batch_size=8",
          "train.max_tokens=64",
          "train.learning_rate=2e-3",
          "train.eval_every_n_steps=7",
          "train.early_stopping_patience=100",
          "train.checkpoint_every_n_steps=2",
          "train.threads=1",
          "output.tensorboard=false"};
}

pid_t start(const std::vector<std::string>& words) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int finish(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// The run's folder below `results`; empty until there is one.
fs::path run_folder(const fs::path& results) {
  if (!fs::exists(results)) return {};
  for (const auto& entry : fs::directory_iterator(results)) {
    if (entry.is_directory()) return entry.path();
  }
  return {};
}

std::size_t lines(const fs::path& results) {
  const fs::path folder = run_folder(results);
  if (folder.empty() || !fs::exists(folder / "metrics.jsonl")) return 0;
  const std::string text = read_file(folder / "metrics.jsonl");
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string final_file(const fs::path& results, const std::string& name) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(run_folder(results) / "checkpoints")) {
    if (entry.path().filename().string().starts_with("step-")) folders.push_back(entry.path());
  }
  return read_file(*std::max_element(folders.begin(), folders.end()) / name);
}

bool is_writing_checkpoint(const fs::path& results) {
  const fs::path folder = run_folder(results) / "checkpoints";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with(".partial-")) return true;
  }
  return false;
}

// The predictions of all tasks as one text, in the order of their paths.
std::string predictions(const fs::path& results) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(run_folder(results) / "predictions")) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const fs::path& file : files) text += file.filename().string() + "\n" + read_file(file);
  return text;
}

void expect_equal_runs(const fs::path& whole, const fs::path& other, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    EXPECT_TRUE(final_file(whole, file) == final_file(other, file)) << file;
  }
  EXPECT_FALSE(predictions(whole).empty());
  EXPECT_EQ(predictions(whole), predictions(other));
}

class Resume : public testing::Test {
 protected:
  void SetUp() override {
    write_corpus(folder_.path() / "data");
    ASSERT_EQ(finish(start(command(data(), results("whole")))), 0);
  }
  fs::path data() const { return folder_.path() / "data"; }
  fs::path results(const std::string& name) const { return folder_.path() / name; }
  void expect_equal(const fs::path& other) const {
    expect_equal_runs(results("whole"), other, {"parameters.safetensors", "optimizer.safetensors", "state.json"});
  }

  TemporaryFolder folder_;
};

// Kills the process each time `due` says so, at most `kills` times, and starts it again until it ends by itself.
template <typename Due>
int run_with_kills(const std::vector<std::string>& words, int kills, int signal, Due due, int& killed) {
  for (killed = 0;;) {
    const pid_t child = start(words);
    while (killed < kills) {
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      if (due(killed)) break;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    if (killed == kills) return finish(child);
    kill(child, signal);
    const int code = finish(child);
    if (code == 0) return 0;
    ++killed;
  }
}

TEST_F(Resume, KilledAtSeveralSteps) {
  const fs::path place = results("steps");
  int killed = 0;
  std::size_t next = 3;
  const auto due = [&](int) {
    if (lines(place) < next) return false;
    next = lines(place) + 5;
    return true;
  };
  EXPECT_EQ(run_with_kills(command(data(), place), 4, SIGKILL, due, killed), 0);
  EXPECT_GE(killed, 2);
  expect_equal(place);
}

TEST_F(Resume, KilledWhileACheckpointIsWritten) {
  const fs::path place = results("writing");
  int killed = 0;
  EXPECT_EQ(run_with_kills(
                command(data(), place), 3, SIGKILL, [&](int) { return is_writing_checkpoint(place); }, killed),
            0);
  EXPECT_GE(killed, 1);
  expect_equal(place);
}

TEST_F(Resume, TerminatedRunSavesAndGoesOn) {
  const fs::path place = results("terminated");
  const pid_t child = start(command(data(), place));
  while (lines(place) < 4) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, SIGTERM);
  EXPECT_EQ(finish(child), 143);
  EXPECT_EQ(finish(start(command(data(), place))), 0);
  expect_equal(place);
}

TEST_F(Resume, FinishedRunIsSkipped) {
  const std::size_t before = lines(results("whole"));
  EXPECT_EQ(finish(start(command(data(), results("whole")))), 0);
  EXPECT_EQ(lines(results("whole")), before);
}

// Strategies over several tasks: task mix, per-task gradients with their projections, two streams, phases with EWC.
class ResumeStrategy : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const char* task : {"semeval2014t7", "semeval2021t6"}) {
      ASSERT_EQ(finish(start({POLYCLINIC_PROGRAM, "data", "synth", "--task", task, "--notes", "8", "--out",
                              (folder_.path() / "data").string()})),
                0);
    }
    write_file_atomic(folder_.path() / "configs/experiment/two.yaml",
                      "# @package _global_\n"
                      "defaults:\n"
                      "  - /task@tasks.semeval2014t7: semeval2014t7\n"
                      "  - /task@tasks.semeval2021t6: semeval2021t6\n"
                      "  - override /task: null\n");
  }
  std::vector<std::string> words(const std::string& place) const {
    const std::string strategy = GetParam();
    std::vector<std::string> out = {POLYCLINIC_PROGRAM,
                                    "run",
                                    "--quiet",
                                    "-cp",
                                    POLYCLINIC_SOURCE_DIR "/configs",
                                    "-cd",
                                    (folder_.path() / "configs").string(),
                                    "experiment=two",
                                    "model=tiny",
                                    "strategy=" + strategy,
                                    "model.path=" POLYCLINIC_TEST_MODELS "/tiny",
                                    "data.root=" + (folder_.path() / "data").string(),
                                    "output.dir=" + (folder_.path() / place).string(),
                                    "train.max_steps=14",
                                    "train.batch_size=4",
                                    "train.max_tokens=1024",
                                    "train.learning_rate=2e-3",
                                    "train.eval_every_n_steps=6",
                                    "train.checkpoint_every_n_steps=2",
                                    "train.threads=1",
                                    "output.tensorboard=false"};
    if (strategy == "s4") out.push_back("strategy.sequential.fisher_samples=8");
    return out;
  }

  TemporaryFolder folder_;
};

TEST_P(ResumeStrategy, KilledAtSeveralSteps) {
  ASSERT_EQ(finish(start(words("whole"))), 0);
  const fs::path place = folder_.path() / "killed";
  int killed = 0;
  std::size_t next = 2;
  const auto due = [&](int) {
    if (lines(place) < next) return false;
    next = lines(place) + 4;
    return true;
  };
  EXPECT_EQ(run_with_kills(words("killed"), 3, SIGKILL, due, killed), 0);
  EXPECT_GE(killed, 2);
  std::vector<std::string> files = {"parameters.safetensors", "optimizer.safetensors", "state.json"};
  if (GetParam() == std::string("s4")) files.push_back("phases.safetensors");
  expect_equal_runs(folder_.path() / "whole", place, files);
}
INSTANTIATE_TEST_SUITE_P(Strategies, ResumeStrategy, testing::Values("s3a", "s3b", "s4"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace polyclinic
