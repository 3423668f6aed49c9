#include "store/identity.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace polyclinic {
namespace {
using nlohmann::json;

json config() {
  return json::parse(
      R"({"model": {"short_name": "tiny", "path": "/a/tiny"}, "train": {"learning_rate": 1e-4, "threads": 2},
    "tasks": {"ner": {"task": {"name": "bc5cdr", "data": {"path": "/a/bc5cdr", "format": "conll"}}}},
    "task": {"data": {"path": "x"}}, "output": {"dir": "results"}, "data": {"root": "/a"}})");
}

TEST(Identity, LeavesOutWhatDecidesNothing) {
  EXPECT_EQ(canonical_config(config()),
            json::parse(R"({"model": {"short_name": "tiny"}, "train": {"learning_rate": 1e-4},
              "tasks": {"ner": {"task": {"name": "bc5cdr", "data": {"format": "conll"}}}}})"));
}

TEST(Identity, DependsOnWhatDecidesTheResultAndOnNothingElse) {
  const std::vector<InputContent> inputs = {{"task/bc5cdr", "aa"}, {"model/weights", "bb"}};
  const std::string identity = run_identity(config(), inputs);
  EXPECT_EQ(identity.size(), 64u);
  EXPECT_EQ(run_id(identity), identity.substr(0, 12));

  json elsewhere = config();
  elsewhere["output"]["dir"] = "/other";
  elsewhere["data"]["root"] = "/b";
  elsewhere["tasks"]["ner"]["task"]["data"]["path"] = "/b/bc5cdr";
  elsewhere["train"]["threads"] = 8;
  EXPECT_EQ(run_identity(elsewhere, {inputs[1], inputs[0]}), identity);

  json other = config();
  other["train"]["learning_rate"] = 2e-4;
  EXPECT_NE(run_identity(other, inputs), identity);
  EXPECT_NE(run_identity(config(), {{"task/bc5cdr", "ab"}, {"model/weights", "bb"}}), identity);
  EXPECT_NE(run_identity(config(), {{"task/bc5cdr", "aa"}}), identity);
}

}  // namespace
}  // namespace polyclinic
