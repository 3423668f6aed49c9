// Ctrl-C on a run in half precision: it saves, exits 130, and started again ends where an undisturbed run ends, loss
// scale included. What --json prints is the record of the run.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/program.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

void write_corpus(const fs::path& folder) {
  const std::vector<std::string> drugs = {"aspirin", "zolfene", "traelex", "kinomab"};
  for (const std::string split : {"train", "dev", "test"}) {
    std::string text;
    for (std::size_t i = 0; i < 24; ++i) text += "He\tO\ntook\tO\n" + drugs[i % 4] + "\tB-Chemical\n.\tO\n\n";
    write_file_atomic(folder / (split + ".tsv"), text);
  }
}

class Interrupt : public testing::Test {
 protected:
  void SetUp() override { write_corpus(folder_.path() / "data"); }
  fs::path results(const std::string& name) const { return folder_.path() / name; }
  std::vector<std::string> words(const std::string& name) const {
    return {"run",
            "--quiet",
            "--json",
            "model=tiny",
            "task=bc5cdr",
            "strategy=s1",
            "task.data.path=" + (folder_.path() / "data").string(),
            "output.dir=" + results(name).string(),
            "train.precision=float16",
            "train.epochs=20",
            "train.batch_size=4",
            "train.max_tokens=64",
            "train.eval_every_n_steps=1000",
            "train.checkpoint_every_n_steps=1000",
            "train.threads=1",
            "output.tensorboard=false"};
  }
  // The run's folder; empty until there is one.
  fs::path run_folder(const std::string& name) const {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(results(name), ignored)) {
      if (entry.is_directory()) return entry.path();
    }
    return {};
  }
  std::ptrdiff_t steps(const std::string& name) const {
    const fs::path metrics = run_folder(name) / "metrics.jsonl";
    if (!fs::exists(metrics)) return 0;
    const std::string text = read_file(metrics);
    return std::count(text.begin(), text.end(), '\n');
  }
  std::vector<std::string> checkpoints(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(run_folder(name) / "checkpoints")) {
      const std::string checkpoint = entry.path().filename().string();
      if (checkpoint.starts_with("step-")) names.push_back(checkpoint);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string last(const std::string& name, const std::string& file) const {
    return read_file(run_folder(name) / "checkpoints" / checkpoints(name).back() / file);
  }

  TemporaryFolder folder_;
};

TEST_F(Interrupt, SavesExits130AndGoesOnToTheSameBits) {
  const ProgramResult whole = run_program(words("whole"));
  ASSERT_EQ(whole.exit, 0) << whole.error;
  const nlohmann::json record = nlohmann::json::parse(whole.out);
  EXPECT_TRUE(record.is_object()) << whole.out;

  Program running(words("stopped"));
  for (int i = 0; i < 600000 && steps("stopped") < 5; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  running.send(SIGINT);
  EXPECT_EQ(running.wait().exit, 130);
  EXPECT_EQ(checkpoints("stopped").size(), 1u);  // the one of the interrupt: no other was due
  const ProgramResult rest = run_program(words("stopped"));
  ASSERT_EQ(rest.exit, 0) << rest.error;
  EXPECT_EQ(nlohmann::json::parse(rest.out)["tasks"]["bc5cdr"]["scores"], record["tasks"]["bc5cdr"]["scores"]);
  for (const char* file : {"parameters.safetensors", "optimizer.safetensors", "state.json"}) {
    EXPECT_TRUE(last("whole", file) == last("stopped", file)) << file;
  }
}

}  // namespace
}  // namespace polyclinic
