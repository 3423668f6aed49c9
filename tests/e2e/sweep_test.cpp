// `polyclinic run -m`: failing jobs, skipping, retrying, two processes on one store, suites.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "support/program.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Sentences with drugs and diseases in columns, as bc5cdr reads them.
void write_corpus(const fs::path& folder) {
  const std::vector<std::string> drugs = {"aspirin", "zolfene", "traelex", "kinomab"};
  const std::vector<std::string> diseases = {"fever", "nausea", "dryguous"};
  for (const std::string split : {"train", "dev", "test"}) {
    std::string text;
    for (std::size_t i = 0; i < 24; ++i) {
      text += "He\tO\ntook\tO\n" + drugs[i % 4] + "\tB-Chemical\nfor\tO\n" + diseases[i % 3] + "\tB-Disease\n.\tO\n\n";
    }
    write_file_atomic(folder / (split + ".tsv"), text);
  }
}

std::vector<std::string> tiny(const fs::path& root, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"run",
                                    "--quiet",
                                    "--json",
                                    "model=tiny",
                                    "strategy=s1",
                                    "task.data.path=" + (root / "data").string(),
                                    "output.dir=" + (root / "results").string(),
                                    "train.max_steps=2",
                                    "train.batch_size=4",
                                    "train.threads=1",
                                    "output.tensorboard=false"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::map<std::string, std::string> statuses(const Json& summary) {
  std::map<std::string, std::string> out;
  for (const Json& run : summary["runs"]) out[std::to_string(run["job"].get<int>())] = run["status"];
  return out;
}

std::vector<Json> recorded(const fs::path& results) {
  const ProgramResult listed = run_program({"runs", "list", "--json", "--results", results.string()});
  EXPECT_EQ(listed.exit, 0) << listed.error;
  return Json::parse(listed.out).get<std::vector<Json>>();
}

TEST(Sweep, AFailingJobIsRecordedAndTheOthersGoOn) {
  const TemporaryFolder root;
  write_corpus(root.path() / "data");
  // A wrong value in one job is refused before anything trains.
  const std::vector<std::string> sweep =
      tiny(root.path(), {"-m", "seed.init=1,2", "model.lora.target_modules=[q_proj],[q_proj,fc1]"});
  const ProgramResult bad_value = run_program(sweep);
  EXPECT_EQ(bad_value.exit, 2);
  EXPECT_FALSE(fs::exists(root.path() / "results"));

  fs::copy(fs::path(POLYCLINIC_TEST_MODELS) / "tiny", root.path() / "model");
  write_file_atomic(root.path() / "broken/config.json", "{}");
  const std::string models = (root.path() / "model").string() + "," + (root.path() / "broken").string();
  const ProgramResult first = run_program(tiny(root.path(), {"-m", "model.path=" + models, "seed.init=1,2"}));
  EXPECT_EQ(first.exit, 1) << first.error;
  const Json summary = Json::parse(first.out);
  EXPECT_EQ(statuses(summary), (std::map<std::string, std::string>{
                                   {"0", "finished"}, {"1", "finished"}, {"2", "failed"}, {"3", "failed"}}));
  EXPECT_NE(summary["runs"][2]["reason"].get<std::string>().find("broken"), std::string::npos);
  EXPECT_EQ(summary["table"].size(), 4);
  EXPECT_GT(summary["table"][0]["tokens"]["fed"].get<int>(), 0);
  const std::vector<Json> runs = recorded(root.path() / "results");
  ASSERT_EQ(runs.size(), 4);
  EXPECT_EQ(std::count_if(runs.begin(), runs.end(), [](const Json& run) { return run["status"] == "failed"; }), 2);

  // Again: what is done is skipped, what failed is not tried.
  const ProgramResult second = run_program(tiny(root.path(), {"-m", "model.path=" + models, "seed.init=1,2"}));
  EXPECT_EQ(second.exit, 1);
  EXPECT_EQ(statuses(Json::parse(second.out)),
            (std::map<std::string, std::string>{
                {"0", "skipped"}, {"1", "skipped"}, {"2", "failed before"}, {"3", "failed before"}}));
  EXPECT_EQ(Json::parse(second.out)["table"][1], summary["table"][1]);
  const ProgramResult third =
      run_program(tiny(root.path(), {"-m", "--retry-failed", "model.path=" + models, "seed.init=1,2"}));
  EXPECT_EQ(third.exit, 1);
  EXPECT_EQ(statuses(Json::parse(third.out))["3"], "failed");

  std::size_t written = 0;
  for (const auto& folder : fs::directory_iterator(root.path() / "results/sweeps")) {
    written += fs::exists(folder.path() / "summary.json") && fs::exists(folder.path() / "summary.txt") ? 1 : 0;
  }
  EXPECT_GE(written, 1);
}

TEST(Sweep, TwoProcessesShareTheJobs) {
  const TemporaryFolder root;
  write_corpus(root.path() / "data");
  const std::vector<std::string> sweep =
      tiny(root.path(), {"-m", "seed.init=1,2,3,4,5,6", "train.max_steps=12", "train.eval_every_n_steps=100"});
  Program a(sweep), b(sweep);
  const ProgramResult of_a = a.wait(), of_b = b.wait();
  EXPECT_EQ(of_a.exit, 0) << of_a.error;
  EXPECT_EQ(of_b.exit, 0) << of_b.error;
  const Json first = Json::parse(of_a.out), second = Json::parse(of_b.out);
  // Each job was trained by exactly one of them, and both end with the same table.
  for (int job = 0; job < 6; ++job) {
    std::multiset<std::string> pair{statuses(first)[std::to_string(job)], statuses(second)[std::to_string(job)]};
    EXPECT_EQ(pair, (std::multiset<std::string>{"finished", "skipped"})) << job;
  }
  EXPECT_EQ(first["table"], second["table"]);
  const std::vector<Json> runs = recorded(root.path() / "results");
  EXPECT_EQ(runs.size(), 6);
  for (const Json& run : runs) EXPECT_EQ(run["status"], "finished");
}

TEST(Sweep, ASignalEndsItAndTheSameCommandGoesOn) {
  const TemporaryFolder root;
  write_corpus(root.path() / "data");
  const std::vector<std::string> sweep =
      tiny(root.path(), {"-m", "seed.init=1,2", "train.max_steps=150", "train.epochs=100",
                         "train.eval_every_n_steps=1000", "train.checkpoint_every_n_steps=5"});
  Program running(sweep);
  const fs::path results = root.path() / "results";
  for (int i = 0; i < 300; ++i) {  // until the first checkpoint of the first job
    std::error_code ignored;
    bool begun = false;
    for (auto at = fs::recursive_directory_iterator(results, ignored); at != fs::recursive_directory_iterator();
         at.increment(ignored)) {
      begun = begun || at->path().filename() == "latest";
    }
    if (begun) break;
    usleep(20000);
  }
  running.send(SIGTERM);
  const ProgramResult stopped = running.wait();
  EXPECT_EQ(stopped.exit, 143) << stopped.error;
  EXPECT_EQ(Json::parse(stopped.out)["runs"].size(), 1);  // the second job was not begun
  const ProgramResult resumed = run_program(sweep);
  EXPECT_EQ(resumed.exit, 0) << resumed.error;
  EXPECT_EQ(Json::parse(resumed.out)["runs"].size(), 2);
  EXPECT_EQ(recorded(results).size(), 2);
}

TEST(Sweep, NumbersOfJobsReachTheConfiguration) {
  const TemporaryFolder root;
  write_corpus(root.path() / "data");
  std::vector<std::string> words = tiny(root.path(), {"-m", "seed.init=1,2"});
  std::replace(words.begin(), words.end(), "output.dir=" + (root.path() / "results").string(),
               "output.dir=" + (root.path() / "out-${hydra:job.num}").string());
  EXPECT_EQ(run_program(words).exit, 0);
  EXPECT_EQ(recorded(root.path() / "out-0").size(), 1);
  EXPECT_EQ(recorded(root.path() / "out-1").size(), 1);
}

TEST(Sweep, MissingDataSaysHowToMakeSome) {
  const TemporaryFolder root;
  const ProgramResult result =
      run_program({"run", "-m", "experiment=study", "model=tiny", "data.root=" + (root.path() / "none").string(),
                   "output.dir=" + (root.path() / "results").string()});
  EXPECT_EQ(result.exit, 2);
  EXPECT_NE(result.error.find("polyclinic data synth --out " + (root.path() / "none").string()), std::string::npos)
      << result.error;
}

}  // namespace
}  // namespace polyclinic
