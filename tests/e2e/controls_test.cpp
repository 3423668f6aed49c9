// Token control and hyperparameter search on made-up notes, by whole runs of the program.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

#include "support/program.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Two entity tasks on made-up notes, as an experiment `two` in a further config folder.
class Controls : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* task : {"semeval2014t7", "semeval2021t6"}) {
      const ProgramResult made =
          run_program({"data", "synth", "--task", task, "--notes", "12", "--out", (root_.path() / "data").string()});
      ASSERT_EQ(made.exit, 0) << made.error;
    }
    write_file_atomic(root_.path() / "configs/experiment/two.yaml",
                      "# @package _global_\n"
                      "defaults:\n"
                      "  - /task@tasks.semeval2014t7: semeval2014t7\n"
                      "  - /task@tasks.semeval2021t6: semeval2021t6\n"
                      "  - override /task: null\n");
  }
  std::vector<std::string> words(const std::vector<std::string>& more) const {
    std::vector<std::string> out = {"run",
                                    "--quiet",
                                    "--json",
                                    "-cd",
                                    (root_.path() / "configs").string(),
                                    "experiment=two",
                                    "model=tiny",
                                    "data.root=" + (root_.path() / "data").string(),
                                    "output.dir=" + results().string(),
                                    "train.batch_size=4",
                                    "train.threads=1",
                                    "train.eval_every_n_steps=1000",
                                    "output.tensorboard=false"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  fs::path results() const { return root_.path() / "results"; }
  // The lines of a run's metrics that belong to optimizer steps.
  std::vector<Json> steps(const std::string& id) const {
    std::istringstream lines(read_file(results() / id / "metrics.jsonl"));
    std::vector<Json> out;
    for (std::string line; std::getline(lines, line);) {
      out.push_back(Json::parse(line));
      if (!out.back().contains("loss")) out.pop_back();
    }
    return out;
  }
  const TemporaryFolder root_;
};

TEST_F(Controls, SingleTasksTrainOnTheTokensOfTheMultiTaskRun) {
  const std::vector<std::string> controlled = {"strategy=s1", "+token_control.match_to=S2_total_tokens",
                                               "+token_control.logging.log_tokens_per_step=false"};
  const ProgramResult early = run_program(words(controlled));
  EXPECT_EQ(early.exit, 1);
  EXPECT_NE(early.error.find("no finished run of S2"), std::string::npos) << early.error;

  const ProgramResult multi = run_program(words({"strategy=s2", "train.max_steps=9"}));
  ASSERT_EQ(multi.exit, 0) << multi.error;
  const std::int64_t budget = Json::parse(multi.out)["tokens"]["total"]["fed"].get<std::int64_t>();

  const ProgramResult single = run_program(words(controlled));
  ASSERT_EQ(single.exit, 0) << single.error;
  const Json out = Json::parse(single.out);
  ASSERT_EQ(out["runs"].size(), 2);
  for (const Json& run : out["runs"]) {
    const std::int64_t fed = run["tokens"]["total"]["fed"].get<std::int64_t>();
    EXPECT_LE(fed, budget);
    EXPECT_EQ(run["token_control"]["budget"], budget);
    EXPECT_EQ(run["token_control"]["difference"], budget - fed);
    EXPECT_EQ(run["token_control"]["run"], Json::parse(multi.out)["id"]);
    EXPECT_LT(budget - fed, 512);  // max_seq_len: no sequence is longer
    // What was fed is the sum of the steps, and the last step is cut to fit.
    const std::vector<Json> lines = steps(run["id"]);
    EXPECT_EQ(lines.size(), run["steps"].get<std::size_t>());
    EXPECT_EQ(lines.back()["tokens"]["total"]["fed"], fed);
    EXPECT_FALSE(lines.back().contains("step_tokens"));
    EXPECT_GT(lines.back()["learning_rate"].get<double>(), 0);  // the schedule spans the steps of the budget
  }
  EXPECT_EQ(out["table"][0]["strategy"], "S1@S2");  // apart from plain S1

  // Its own tokens alone, by the per-task variant.
  const ProgramResult own = run_program(words({"strategy=s1", "+token_control.match_to=S2_task_tokens"}));
  ASSERT_EQ(own.exit, 0) << own.error;
  std::int64_t sum = 0;
  const Json of_own = Json::parse(own.out);
  for (const Json& run : of_own["runs"]) sum += run["token_control"]["budget"].get<std::int64_t>();
  EXPECT_EQ(sum, budget);
  EXPECT_TRUE(steps(of_own["runs"][0]["id"]).back().contains("step_tokens"));
}

TEST_F(Controls, TokenControlRefusesWhatHasNoEffect) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"strategy=s2", "+token_control.match_to=S3b_total_tokens"},
           {"strategy=s1", "+token_control.match_to=S3b_total_tokens", "train.max_steps=3"},
           {"strategy=s1", "+token_control.match_to=S3b"}}) {
    const ProgramResult result = run_program(words(more));
    EXPECT_EQ(result.exit, 2) << result.error;
    EXPECT_FALSE(fs::exists(results()));
  }
}

TEST_F(Controls, TokensAreLoggedAsAsked) {
  const ProgramResult silent = run_program(words({"strategy=s2", "train.max_steps=2", "strategy.token_logging=false"}));
  ASSERT_EQ(silent.exit, 0) << silent.error;
  const Json line = steps(Json::parse(silent.out)["id"]).back();
  EXPECT_FALSE(line.contains("tokens"));
  EXPECT_FALSE(line.contains("step_tokens"));
  EXPECT_GT(Json::parse(silent.out)["tokens"]["total"]["fed"].get<int>(), 0);  // counted all the same
}

TEST_F(Controls, AGridIsTrainedAndRankedByDev) {
  const ProgramResult found =
      run_program(words({"strategy=s2", "train.max_steps=2", "+hp_search.learning_rate=[1e-4,1e-2]",
                         "+hp_search.sampling_strategy=[proportional,temperature]", "+hp_search.temperature=[1,2]",
                         "+hp_search.full_models=[tiny]"}));
  ASSERT_EQ(found.exit, 0) << found.error;
  EXPECT_NE(found.error.find("4 of 4 configurations (8 as written)"), std::string::npos) << found.error;
  const Json out = Json::parse(found.out);
  ASSERT_EQ(out["search"].size(), 4);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_GE(out["search"][i - 1]["dev"], out["search"][i]["dev"]);
  EXPECT_EQ(out["runs"].size(), 4);
  const ProgramResult again =
      run_program(words({"strategy=s2", "train.max_steps=2", "+hp_search.learning_rate=[1e-2]",
                         "+hp_search.sampling_strategy=[proportional]", "+hp_search.full_models=[tiny]"}));
  EXPECT_EQ(Json::parse(again.out)["runs"][0]["status"], "skipped");  // a point of the grid before
}

TEST_F(Controls, HalvingTrainsTheBestLonger) {
  const ProgramResult found =
      run_program(words({"strategy=s2", "train.max_steps=6", "+hp_search.learning_rate=[1e-5,1e-4,1e-3,1e-2]",
                         "+hp_search.method=asha", "+hp_search.asha.rungs=2", "+hp_search.asha.reduction_factor=4",
                         "+hp_search.asha.min_steps=2", "+hp_search.full_models=[tiny]"}));
  ASSERT_EQ(found.exit, 0) << found.error;
  const Json out = Json::parse(found.out);
  ASSERT_EQ(out["search"].size(), 5);  // four short ones and the best of them again
  EXPECT_EQ(std::count_if(out["search"].begin(), out["search"].end(), [](const Json& j) { return j["steps"] == 6; }),
            1);
  EXPECT_EQ(std::count_if(out["search"].begin(), out["search"].end(), [](const Json& j) { return j["steps"] == 2; }),
            4);
}

TEST_F(Controls, ASuiteTrainsItsVariantsAfterTheCheck) {
  const std::vector<std::string> suite = {"strategy=a4", "train.max_steps=1", "+ablations.A1.shared_rank=6",
                                          "+ablations.A3.shared_rank=4", "+ablations.A3.private_rank=2"};
  const ProgramResult trained = run_program(words(suite));
  ASSERT_EQ(trained.exit, 0) << trained.error;
  const Json out = Json::parse(trained.out);
  ASSERT_EQ(out["table"].size(), 2);
  EXPECT_EQ(out["table"][0]["strategy"], "A1");
  EXPECT_EQ(out["table"][0]["parameters"]["active"], out["table"][1]["parameters"]["active"]);
  EXPECT_LT(out["table"][0]["parameters"]["total"], out["table"][1]["parameters"]["total"]);

  std::vector<std::string> total = suite;
  total.emplace_back("parity.count=total");
  const ProgramResult refused = run_program(words(total));
  EXPECT_EQ(refused.exit, 2);
  EXPECT_NE(refused.error.find("not at parameter parity"), std::string::npos) << refused.error;

  total.emplace_back("parity.solve=true");
  const ProgramResult solved = run_program(words(total));
  ASSERT_EQ(solved.exit, 0) << solved.error;
  const Json table = Json::parse(solved.out)["table"];
  const double a1 = table[0]["parameters"]["total"].get<double>(), a3 = table[1]["parameters"]["total"].get<double>();
  EXPECT_NEAR(a1 / a3, 1.0, 0.05);
  EXPECT_NE(Json::parse(solved.out)["runs"][0]["id"], out["runs"][0]["id"]);
}

// Co-training: the single-task runs share the base and a process; each computes what it computes alone, bit for bit.
TEST_F(Controls, RunsSideBySideEqualRunsAlone) {
  const auto run_all = [&](const std::string& place, const std::vector<std::string>& more) {
    std::vector<std::string> all = words({"strategy=s1", "train.max_steps=8", "train.checkpoint_every_n_steps=2",
                                          "output.dir=" + (root_.path() / place).string()});
    all.insert(all.end(), more.begin(), more.end());
    const ProgramResult result = run_program(all);
    EXPECT_EQ(result.exit, 0) << result.error;
    return Json::parse(result.out)["runs"];
  };
  const Json alone = run_all("alone", {}), together = run_all("together", {"--side-by-side", "2"});
  ASSERT_EQ(alone.size(), 2);
  ASSERT_EQ(together.size(), 2);
  for (std::size_t i = 0; i < 2; ++i) {
    for (const char* key : {"id", "name", "status", "steps", "best_step", "dev", "tokens", "parameters", "tasks"}) {
      EXPECT_EQ(alone[i].at(key), together[i].at(key)) << key;
    }
    const fs::path one = root_.path() / "alone" / alone[i]["id"], other = root_.path() / "together" / alone[i]["id"];
    EXPECT_EQ(read_file(one / "metrics.jsonl"), read_file(other / "metrics.jsonl"));
    for (const char* file : {"parameters.safetensors", "optimizer.safetensors", "state.json"}) {
      const fs::path last = fs::path("checkpoints/step-00000008") / file;
      EXPECT_TRUE(read_file(one / last) == read_file(other / last)) << file;
    }
  }
  EXPECT_EQ(run_program(words({"strategy=s1", "--side-by-side", "none"})).exit, 2);
}

}  // namespace
}  // namespace polyclinic
