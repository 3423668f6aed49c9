// The study's command on all five made-up tasks: a short cut of it; the whole is in the slow tier.
#include <gtest/gtest.h>

#include <sstream>

#include "support/study.h"

namespace polyclinic {
namespace {

Json run_of(const Json& summary, const std::string& strategy) {
  for (const Json& run : summary["runs"]) {
    if (run["name"].get<std::string>().starts_with(strategy + "_")) return run;
  }
  return {};
}

// report.txt has the T x T table: above the diagonal what scores.json has as cosines.
void expect_heat_map(const std::filesystem::path& results, const std::string& run) {
  const std::string report = read_file(results / run / "report.txt");
  const Json conflicts = Json::parse(read_file(results / run / "scores.json"))["conflicts"];
  const std::size_t tasks = conflicts["tasks"].size();
  ASSERT_EQ(tasks, 10U);  // the parts of the five tasks
  std::istringstream lines(report.substr(report.find("COSINE ABOVE")));
  std::string line;
  std::getline(lines, line);
  std::size_t met = 0;
  for (std::size_t row = 0; row < tasks; ++row) {
    std::getline(lines, line);
    std::istringstream words(line);
    std::string number, name;
    words >> number >> name;
    EXPECT_EQ(name, conflicts["tasks"][row]);
    for (std::size_t column = 0; column < tasks; ++column) {
      std::string cell;
      words >> cell;
      if (column <= row || cell == "-") {
        if (column < row && cell != "-") words >> cell;  // the percent sign
        continue;
      }
      ++met;
      EXPECT_NEAR(std::stod(cell), conflicts["cosine"][row][column].get<double>(), 0.005001);
    }
  }
  EXPECT_GT(met, 0U);
}

TEST(Study, ACutOfItEndsWithOneTable) {
  const MadeUpData data(12);
  const ProgramResult result =
      run_program(data.words({"run", "-m", "--quiet", "experiment=study", "strategy=s1,s2,s3a,s3b,s4,s5,a1,a4",
                              "train.max_steps=5", "train.batch_size=5", "model.lora.rank=8", "model.lora.alpha=16",
                              "train.eval_every_n_steps=1000", "train.threads=1"}));
  EXPECT_EQ(result.exit, 0) << result.error;
  const Json summary = data.summary();
  expect_study_table(summary, {"S1", "S2", "S3a", "S3b", "S4", "S5", "A1", "A4"});
  EXPECT_NE(result.out.find("STRATEGY"), std::string::npos) << result.out;
  expect_heat_map(data.results(), run_of(summary, "A1")["id"]);
  // One shared slot of rank 8 or of rank 24: A1 has three times the parameters of S2.
  EXPECT_EQ(row(summary, "A1")["parameters"]["total"].get<int>(),
            3 * row(summary, "S2")["parameters"]["total"].get<int>());
  // S1: five models, each as large as S2's one.
  EXPECT_EQ(row(summary, "S1")["parameters"]["active"], row(summary, "S2")["parameters"]["active"]);
  EXPECT_EQ(row(summary, "S1")["parameters"]["total"].get<int>(),
            5 * row(summary, "S2")["parameters"]["total"].get<int>());
  // S3b feeds level-2 sequences twice.
  EXPECT_GT(row(summary, "S3b")["tokens"]["trunk"].get<int>(), row(summary, "S3b")["tokens"]["fed"].get<int>());
  EXPECT_EQ(row(summary, "S2")["tokens"]["trunk"], row(summary, "S2")["tokens"]["fed"]);
  // S5 is that of S3a and S3b which is better on dev, over a base of four bits.
  const std::string best = run_of(summary, "S3a")["dev"] > run_of(summary, "S3b")["dev"] ? "S3a" : "S3b";
  EXPECT_EQ(row(summary, "S5")["parameters"], row(summary, best)["parameters"]);
  // A4 is the network of S3a on the same data: one training, two rows.
  const Json a4 = run_of(summary, "A4");
  EXPECT_EQ(a4["same_as"], "S3a_shared_private_flat");
  EXPECT_EQ(a4["status"], "skipped");
  EXPECT_EQ(a4["id"], run_of(summary, "S3a")["id"]);
  Json of_a4 = row(summary, "A4"), of_s3a = row(summary, "S3a");
  of_a4.erase("strategy");
  of_s3a.erase("strategy");
  EXPECT_EQ(of_a4, of_s3a);
}

TEST(Study, TheAblationsTrainAsOneSuite) {
  const MadeUpData data(10);
  const ProgramResult result =
      run_program(data.words({"run", "--quiet", "--json", "experiment=ablation_architecture", "train.max_steps=1",
                              "train.batch_size=10", "train.eval_every_n_steps=1000", "train.threads=1"}));
  ASSERT_EQ(result.exit, 0) << result.error;
  const Json out = Json::parse(result.out);
  expect_study_table(out, {"A1", "A2", "A3", "A4"});
  EXPECT_EQ(row(out, "A1")["tokens"], row(out, "A4")["tokens"]);
  EXPECT_EQ(row(out, "A1")["parameters"]["active"], row(out, "A1")["parameters"]["total"]);
  // Rank 24 of each of the five tasks; rank 16 once and rank 8 of each.
  const int shared = row(out, "A1")["parameters"]["total"].get<int>();
  EXPECT_EQ(row(out, "A2")["parameters"]["total"].get<int>(), 5 * shared);
  EXPECT_EQ(row(out, "A3")["parameters"]["total"].get<int>(), shared / 24 * (16 + 5 * 8));
  EXPECT_GT(row(out, "A4")["parameters"]["active"].get<int>(), shared);  // the fusion
}

}  // namespace
}  // namespace polyclinic
