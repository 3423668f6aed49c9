// `polyclinic plan` without weights and data: counts, parity, exit codes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/study.h"

namespace polyclinic {
namespace {

const std::vector<std::string> kSuite = {"plan", "experiment=ablation_architecture", "model=llama3b",
                                         "model.path=null"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Plan, SuiteInsideTheTolerance) {
  const ProgramResult result = run_program(kSuite);
  EXPECT_EQ(result.exit, 0) << result.error;
  for (const char* count :
       {"36,470,784", "182,353,920", "85,098,496", "3,212,749,824", "stated ~26M: +40.3 % active"}) {
    EXPECT_NE(result.out.find(count), std::string::npos) << count << '\n' << result.out;
  }
}

TEST(Plan, SuiteOutsideTheToleranceShowsEveryCountAndLeavesWith2) {
  const ProgramResult result = run_program(with(kSuite, {"parity.count=total", "--json"}));
  EXPECT_EQ(result.exit, 2);
  const auto plan = nlohmann::json::parse(result.out);
  EXPECT_FALSE(plan["parity"]["within"].get<bool>());
  for (const char* count : {"36,470,784", "182,353,920", "85,098,496"}) {
    EXPECT_NE(result.error.find(count), std::string::npos) << result.error;
  }
  const ProgramResult unchecked =
      run_program(with(kSuite, {"parity.count=total", "ablations.parameter_parity_check=false", "--parameters-only"}));
  EXPECT_EQ(unchecked.exit, 0) << unchecked.error;
}

TEST(Plan, SolvingSaysWhatItChanged) {
  const ProgramResult result = run_program(
      with(kSuite, {"parity.count=total", "parity.solve=true", "parity.target=26000000", "--parameters-only"}));
  EXPECT_EQ(result.exit, 0) << result.error;
  EXPECT_NE(result.out.find("shared rank 24 -> 17"), std::string::npos) << result.out;  // 17 x 1,519,616
  EXPECT_NE(result.out.find("private rank 4 in "), std::string::npos) << result.out;
}

TEST(Plan, OneStrategyHasNothingToSolveWithoutATarget) {
  const ProgramResult result = run_program({"plan", "model=llama3b", "strategy=s2", "parity.solve=true"});
  EXPECT_EQ(result.exit, 2);
  EXPECT_NE(result.error.find("parity.target"), std::string::npos) << result.error;
}

TEST(Plan, ThePageIsWhatTheProgramPrints) {
  const std::string page = read_file(POLYCLINIC_SOURCE_DIR "/docs/parity.md");
  const std::string mark = "<!-- polyclinic plan --parity-tables -->\n";
  const std::size_t at = page.find(mark);
  ASSERT_NE(at, std::string::npos);
  const ProgramResult result = run_program({"plan", "--parity-tables"});
  EXPECT_EQ(result.exit, 0) << result.error;
  EXPECT_EQ(page.substr(at + mark.size()), result.out) << "write the tables anew: docs/parity.md says how";
}

TEST(Plan, ThePageOfTheT4IsWhatTheProgramPrints) {
  const std::string page = read_file(POLYCLINIC_SOURCE_DIR "/docs/t4.md");
  const std::string mark = "<!-- polyclinic plan --t4-table -->\n";
  const std::size_t at = page.find(mark);
  ASSERT_NE(at, std::string::npos);
  const ProgramResult result = run_program({"plan", "--t4-table"});
  EXPECT_EQ(result.exit, 0) << result.error;
  EXPECT_EQ(page.substr(at + mark.size()), result.out) << "write the table anew: docs/t4.md says how";
  EXPECT_EQ(result.out.find("does not fit"), std::string::npos);
}

TEST(Plan, ACardThatIsTooSmallIsRefusedWithTheNumbersAndTheMend) {
  const std::vector<std::string> words{"plan",          "--gpu",           "t4",          "--parameters-only",
                                       "model=llama8b", "model.path=null", "strategy=s2", "experiment=five_tasks"};
  EXPECT_EQ(run_program(words).exit, 0);
  std::vector<std::string> dense = words;
  dense.push_back("model.quantization.enabled=false");
  const ProgramResult result = run_program(dense);
  EXPECT_EQ(result.exit, 2);
  EXPECT_NE(result.error.find("of 14.8 GiB"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("model.quantization.enabled=true"), std::string::npos) << result.error;
  EXPECT_EQ(run_program({"plan", "--gpu", "abacus", "model=llama8b", "model.path=null"}).exit, 2);
}

// A folder that holds all of a model but weights that can be read.
std::filesystem::path unreadable_model(const std::filesystem::path& folder) {
  write_file_atomic(folder / "config.json",
                    R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":3072,)"
                    R"("num_hidden_layers":28,"num_attention_heads":24,"num_key_value_heads":8,"head_dim":128,)"
                    R"("intermediate_size":8192,"vocab_size":128256,"max_position_embeddings":4096,)"
                    R"("rms_norm_eps":1e-5,"rope_theta":500000.0,"hidden_act":"silu","tie_word_embeddings":true})");
  write_file_atomic(folder / "tokenizer.json", read_file(POLYCLINIC_SOURCE_DIR "/models/tiny/tokenizer.json"));
  write_file_atomic(folder / "model.safetensors", "no weights");
  return folder;
}

// The store remembers the hash of a file by its path.
bool is_hashed(const MadeUpData& data, const std::string& file) {
  return read_file(data.results() / "polyclinic.sqlite").find(file) != std::string::npos;
}

TEST(Run, WhatDoesNotFitIsRefusedBeforeWeightsAreHashedAndRead) {
  const MadeUpData data(4);
  const TemporaryFolder folder;
  const std::string path = unreadable_model(folder.path()).string();
  std::vector<std::string> words = data.words({"run", "task=semeval2014t7", "strategy=s2", "train.device=cpu"});
  words.push_back("model.path=" + path);
  std::vector<std::string> limited = words;
  limited.push_back("train.memory_limit_gib=6");
  const ProgramResult refused = run_program(limited);
  EXPECT_EQ(refused.exit, 2);
  // 2,818,747,392 parameters in fp32 are 10.50 GiB; with recompute the embedding table is not on the device.
  for (const char* said :
       {" of 6.0 GiB", "weights 10.5", "train.memory_limit_gib", "model.quantization.enabled=true"}) {
    EXPECT_NE(refused.error.find(said), std::string::npos) << said << '\n' << refused.error;
  }
  EXPECT_EQ(refused.error.find("model.safetensors"), std::string::npos) << refused.error;
  EXPECT_FALSE(is_hashed(data, path + "/model.safetensors"));
  const ProgramResult list = run_program({"runs", "list", "--json", "--results", data.results().string()});
  EXPECT_EQ(Json::parse(list.out).size(), 0U) << list.out;

  const ProgramResult unlimited = run_program(words);
  EXPECT_EQ(unlimited.exit, 2);
  EXPECT_NE(unlimited.error.find("model.safetensors"), std::string::npos) << unlimited.error;
  EXPECT_TRUE(is_hashed(data, path + "/model.safetensors"));
}

// A finished run is given back on a device that could not train it.
TEST(Run, WhatIsDoneIsNotRefused) {
  const MadeUpData data(4);
  std::vector<std::string> words =
      data.words({"run", "task=semeval2014t7", "strategy=s2", "train.device=cpu", "train.max_steps=1"});
  ASSERT_EQ(run_program(words).exit, 0);
  words.push_back("train.memory_limit_gib=0.01");
  const ProgramResult again = run_program(words);
  EXPECT_EQ(again.exit, 0) << again.error;
  EXPECT_NE(again.out.find("done before"), std::string::npos) << again.out;
  words.push_back("seed.data=2");
  EXPECT_EQ(run_program(words).exit, 2);
}

}  // namespace
}  // namespace polyclinic
