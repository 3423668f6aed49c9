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

class Resume : public testing::Test {
 protected:
  void SetUp() override {
    write_corpus(folder_.path() / "data");
    ASSERT_EQ(finish(start(command(data(), results("whole")))), 0);
  }
  fs::path data() const { return folder_.path() / "data"; }
  fs::path results(const std::string& name) const { return folder_.path() / name; }
  void expect_equal(const fs::path& other) const {
    for (const std::string file : {"parameters.safetensors", "optimizer.safetensors", "state.json"}) {
      EXPECT_TRUE(final_file(results("whole"), file) == final_file(other, file)) << file;
    }
    const auto text = [](const fs::path& root) {
      return read_file(run_folder(root) / "predictions/bc5cdr/test/test.tsv");
    };
    EXPECT_EQ(text(results("whole")), text(other));
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

}  // namespace
}  // namespace polyclinic
