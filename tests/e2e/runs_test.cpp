// `runs list`, `runs show`, `runs compare` and the token budget in `plan`, as a user reads them and as JSON.
#include <gtest/gtest.h>

#include <sstream>

#include "support/study.h"

namespace polyclinic {
namespace {

// S2 on the five tasks, and on its tokens S1 on one of them.
class Runs : public ::testing::Test {
 protected:
  void SetUp() override {
    multi_ = trained({"experiment=five_tasks", "strategy=s2", "train.max_steps=2"});
    single_ = trained({"task=semeval2014t7", "strategy=s1", "+token_control.match_to=S2_total_tokens"});
  }
  Json trained(const std::vector<std::string>& more) const {
    std::vector<std::string> words = data_.words(
        {"run", "--quiet", "--json", "train.batch_size=10", "train.eval_every_n_steps=1000", "train.threads=1"});
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit, 0) << result.error;
    return result.exit == 0 ? Json::parse(result.out) : Json();
  }
  ProgramResult runs(std::vector<std::string> words) const {
    words.insert(words.begin(), "runs");
    words.insert(words.end(), {"--results", data_.results().string()});
    return run_program(words);
  }
  static std::string id(const Json& run) { return run["id"]; }
  // Micro F1 of the documents of semeval2014t7.
  double micro_f1_of(const Json& run) const {
    std::istringstream lines(read_file(data_.results() / id(run) / "per_document.jsonl"));
    double hits = 0, all = 0;
    for (std::string line; std::getline(lines, line);) {
      const Json document = Json::parse(line);
      if (document["task"] != "semeval2014t7") continue;
      hits += 2 * document["tp"].get<double>();
      all += 2 * document["tp"].get<double>() + document["fp"].get<double>() + document["fn"].get<double>();
    }
    return all == 0 ? 0 : hits / all;
  }

  const MadeUpData data_{10};
  Json multi_, single_;
};

std::vector<std::vector<std::string>> table_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    rows.emplace_back();
    for (std::string word; words >> word;) rows.back().push_back(word);
  }
  return rows;
}

TEST_F(Runs, ListShowAndPlanAgreeWithTheRuns) {
  const auto rows = table_of(runs({"list"}).out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"RUN", "MODEL", "STRATEGY", "SEED", "TASKS", "STATUS", "SCORE", "TOKENS",
                                               "ACTIVE", "TOTAL", "STARTED"}));
  EXPECT_EQ(rows[1][0], id(multi_));
  EXPECT_EQ(rows[1][2], "S2");
  EXPECT_EQ(rows[2][0], id(single_));
  EXPECT_EQ(rows[2][2], "S1@S2");
  EXPECT_EQ(rows[2][4], "semeval2014t7");
  EXPECT_EQ(rows[2][5], "finished");

  const auto chosen = table_of(runs({"list", "--strategy", "S1@S2"}).out);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1], rows[2]);
  EXPECT_EQ(Json::parse(runs({"list", "--task", "semeval2017t3", "--json"}).out).size(), 1U);
  EXPECT_EQ(table_of(runs({"list", "--status", "failed"}).out).size(), 1U);

  const ProgramResult shown = runs({"show", id(single_).substr(0, 6)});
  for (const std::string& text : {id(single_), "of S2 run " + id(multi_), std::string("semeval2014t7.concepts")}) {
    EXPECT_NE(shown.out.find(text), std::string::npos) << shown.out;
  }
  const Json record = Json::parse(runs({"show", id(single_), "--json"}).out);
  EXPECT_EQ(record["details"]["token_control"]["budget"], multi_["tokens"]["total"]["fed"]);
  EXPECT_EQ(record["parameters"]["active"], single_["parameters"]["active"]);
  EXPECT_DOUBLE_EQ(record["score"].get<double>(), single_["tasks"]["semeval2014t7"]["value"].get<double>());

  const ProgramResult unknown = runs({"show", "zzz"});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.error.find("zzz"), std::string::npos);

  const std::vector<std::string> plan =
      data_.words({"plan", "experiment=token_controlled", "token_control.match_to=S2_total_tokens"});
  const ProgramResult planned = run_program(plan);
  EXPECT_EQ(planned.exit, 0) << planned.error;
  const auto budgets = table_of(planned.out.substr(planned.out.find("TOKEN BUDGET")));
  ASSERT_EQ(budgets.size(), 6U) << planned.out;
  for (std::size_t task = 1; task < 6; ++task) EXPECT_EQ(budgets[task].back(), id(multi_)) << planned.out;
  std::vector<std::string> other = plan;
  other.back() = "token_control.match_to=S3b_total_tokens";
  EXPECT_NE(run_program(other).out.find("not known: "), std::string::npos);
}

TEST_F(Runs, ComparePairsDocuments) {
  const Json compared = Json::parse(runs({"compare", id(multi_), id(single_), "--json"}).out);
  ASSERT_EQ(compared["paired"].size(), 1U) << compared.dump(1);
  const Json paired = compared["paired"]["semeval2014t7"];
  EXPECT_NEAR(paired["score_a"].get<double>(), micro_f1_of(multi_), 1e-12);
  EXPECT_NEAR(paired["score_b"].get<double>(), micro_f1_of(single_), 1e-12);
  EXPECT_NEAR(paired["difference"].get<double>(), micro_f1_of(single_) - micro_f1_of(multi_), 1e-12);
  EXPECT_LE(paired["interval_95"][0], paired["difference"]);
  EXPECT_GE(paired["interval_95"][1], paired["difference"]);
  EXPECT_EQ(paired["documents"], 1);            // of 10 notes
  for (const Json& note : compared["notes"]) {  // the budget makes tokens equal
    EXPECT_EQ(note.get<std::string>().find("tokens"), std::string::npos) << note;
  }

  const std::string text = runs({"compare", id(multi_), id(single_)}).out;
  const auto rows = table_of(text);
  EXPECT_EQ(rows[0], (std::vector<std::string>{id(multi_), id(single_), "DIFFERENCE"}));
  EXPECT_EQ(rows[1], (std::vector<std::string>{"strategy", "S2", "S1@S2"}));
  EXPECT_NE(text.find("PAIRED"), std::string::npos) << text;

  const Json same = Json::parse(runs({"compare", id(single_), id(single_), "--json"}).out)["paired"]["semeval2014t7"];
  EXPECT_EQ(same["difference"], 0);
  EXPECT_EQ(same["p_randomization"], 1);

  const Json longer = trained({"task=semeval2014t7", "strategy=s1", "train.max_steps=5"});
  const std::string unequal = runs({"compare", id(longer), id(single_)}).out;
  EXPECT_NE(unequal.find("different numbers of tokens"), std::string::npos) << unequal;
}

}  // namespace
}  // namespace polyclinic
