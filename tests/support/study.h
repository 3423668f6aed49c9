#pragma once
// Made-up data of the five tasks, and what the study's command leaves behind.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/program.h"

namespace polyclinic {

using Json = nlohmann::json;

class MadeUpData {
 public:
  explicit MadeUpData(int notes, const std::string& transfer = "strong", int seed = 1) {
    const ProgramResult made = run_program({"data", "synth", "--notes", std::to_string(notes), "--transfer", transfer,
                                            "--seed", std::to_string(seed), "--out", (root_.path() / "data").string()});
    EXPECT_EQ(made.exit, 0) << made.error;
  }
  std::filesystem::path data() const { return root_.path() / "data"; }
  std::filesystem::path results() const { return root_.path() / "results"; }
  // The words with model, data and results of this folder.
  std::vector<std::string> words(std::vector<std::string> out) const {
    out.insert(out.end(), {"model=tiny", "data.root=" + (root_.path() / "data").string(),
                           "output.dir=" + results().string(), "output.tensorboard=false"});
    return out;
  }
  // summary.json of the one sweep.
  Json summary() const {
    for (const auto& sweep : std::filesystem::directory_iterator(results() / "sweeps")) {
      return Json::parse(read_file(sweep.path() / "summary.json"));
    }
    return {};
  }

 private:
  TemporaryFolder root_;
};

inline Json row(const Json& summary, const std::string& strategy) {
  for (const Json& line : summary["table"]) {
    if (line["strategy"] == strategy) return line;
  }
  ADD_FAILURE() << "no line of " << strategy << " in " << summary["table"].dump(1);
  return {};
}

// A line a strategy, with a score in [0, 1] of the official metric of each of the five tasks, tokens and parameters.
inline void expect_study_table(const Json& summary, const std::vector<std::string>& strategies) {
  const std::map<std::string, std::string> metrics = {{"semeval2014t7", "strict_f1"},
                                                      {"semeval2015t14", "strict_f1"},
                                                      {"semeval2016t12", "docrel_f1"},
                                                      {"semeval2017t3", "map"},
                                                      {"semeval2021t6", "micro_f1"}};
  ASSERT_EQ(summary["table"].size(), strategies.size());
  for (const std::string& strategy : strategies) {
    const Json line = row(summary, strategy);
    for (const auto& [task, metric] : metrics) {
      ASSERT_TRUE(line["tasks"].contains(task)) << strategy << ' ' << line.dump();
      EXPECT_EQ(line["tasks"][task]["metric"], metric);
      EXPECT_GE(line["tasks"][task]["score"].get<double>(), 0);
      EXPECT_LE(line["tasks"][task]["score"].get<double>(), 1);
    }
    EXPECT_GT(line["tokens"]["fed"].get<int>(), 0) << strategy;
    EXPECT_GT(line["parameters"]["active"].get<int>(), 0) << strategy;
    EXPECT_GE(line["parameters"]["total"].get<int>(), line["parameters"]["active"].get<int>()) << strategy;
  }
}

}  // namespace polyclinic
