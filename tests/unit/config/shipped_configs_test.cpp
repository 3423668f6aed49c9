// The shipped tree: every option of every group composes and passes the schema, and it holds the study's own values.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/compose.h"
#include "config/config_info.h"
#include "config/schema.h"
#include "config/study_compose.h"
#include "config/yaml_read.h"
#include "core/files.h"
#include "support/shared_data.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

ComposeRequest request(std::vector<std::string> overrides) {
  ComposeRequest r;
  r.folder = POLYCLINIC_SOURCE_DIR "/configs";
  r.overrides = std::move(overrides);
  return r;
}

// "group=option" of every file below configs/, folders within folders included.
std::vector<std::string> every_option() {
  std::vector<std::string> out;
  const fs::path root = POLYCLINIC_SOURCE_DIR "/configs";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml" || entry.path().parent_path() == root) continue;
    const fs::path below = fs::relative(entry.path(), root);
    out.push_back(below.parent_path().string() + "=" + below.stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(ShippedConfigs, EveryOptionComposesAndPassesTheSchema) {
  const std::vector<std::string> options = every_option();
  EXPECT_GE(options.size(), 35U);
  for (const std::string& option : options) {
    SCOPED_TRACE(option);
    EXPECT_NO_THROW({
      const ComposedStudy study = compose_study(request({option}), 0);
      EXPECT_FALSE(study.config.tasks.empty());
    });
  }
}

TEST(ShippedConfigs, TheCanonicalTextDecodesToItself) {
  for (const std::string& option : every_option()) {
    SCOPED_TRACE(option);
    const StudyConfig study = compose_study(request({option}), 0).config;
    const std::string text = canonical_yaml(study);
    EXPECT_EQ(canonical_yaml(decode_study(*read_yaml(text, "canonical.yaml"))), text);
  }
}

TEST(ShippedConfigs, FiveTasksWithTheLevelsOfTheStudy) {
  const StudyConfig study = compose_study(request({"experiment=s3b_five_tasks"}), 0).config;
  ASSERT_EQ(study.tasks.size(), 5U);
  std::set<std::string> level1, level2;
  for (const TaskEntry& entry : study.tasks) {
    EXPECT_EQ(entry.key, entry.task.name);
    if (has_level(entry.task, 1)) level1.insert(entry.key);
    if (has_level(entry.task, 2)) level2.insert(entry.key);
  }
  EXPECT_EQ(level1, (std::set<std::string>{"semeval2014t7", "semeval2015t14", "semeval2021t6"}));
  EXPECT_EQ(level2, (std::set<std::string>{"semeval2016t12", "semeval2017t3", "semeval2021t6"}));
  EXPECT_EQ(study.strategy.name, "S3b_hierarchical_mtl");
}

TEST(ShippedConfigs, TheModelTableOfTheStudy) {
  struct Row {
    const char* option;
    const char* name;
    double params;
    bool quantized;
    std::int64_t rank;
    std::size_t targets;
  };
  // "Model Registry" of the study.
  const Row rows[] = {{"gemma2b", "google/gemma-2-2b", 2.6e9, false, 16, 4},
                      {"phi3mini", "microsoft/Phi-3-mini-4k-instruct", 3.8e9, false, 16, 4},
                      {"llama3b", "meta-llama/Llama-3.2-3B", 3.2e9, false, 16, 7},
                      {"mistral7b", "mistralai/Mistral-7B-v0.3", 7.2e9, true, 32, 4},
                      {"llama8b", "meta-llama/Llama-3.1-8B", 8.0e9, true, 32, 7},
                      {"biomistral", "BioMistral/BioMistral-7B", 7.2e9, true, 32, 4}};
  for (const Row& row : rows) {
    const ModelOptions model = compose_study(request({std::string("model=") + row.option}), 0).config.model;
    EXPECT_EQ(model.name, row.name);
    EXPECT_EQ(model.short_name, row.option);
    EXPECT_EQ(model.params, row.params);
    EXPECT_EQ(model.quantization.enabled, row.quantized);
    EXPECT_EQ(model.lora.rank, row.rank);
    EXPECT_EQ(model.lora.target_modules.size(), row.targets);
  }
}

TEST(ShippedConfigs, LengthOfTrainingComesFromTheStrategyUnlessItIsSet) {
  EXPECT_EQ(compose_study(request({"strategy.training.epochs=7"}), 0).config.train.epochs, 7);
  EXPECT_EQ(compose_study(request({"strategy.training.epochs=7", "train.epochs=2"}), 0).config.train.epochs, 2);
  EXPECT_EQ(compose_study(request({"strategy=s2"}), 0).config.train.epochs, 5);
}

TEST(ShippedConfigs, TheStudyIsASweepOverStrategies) {
  const auto jobs = expand_multirun(request({"experiment=study", "model=tiny"}));
  ASSERT_EQ(jobs.size(), 10U);
  EXPECT_EQ(jobs[3], (std::vector<std::string>{"strategy=s3b", "experiment=study", "model=tiny"}));
  for (const auto& job : jobs) EXPECT_NO_THROW(compose_study(request(job), 0));
  const auto seeds = expand_multirun(request({"experiment=study", "seed.init=1,2", "strategy=s1,s2"}));
  ASSERT_EQ(seeds.size(), 4U);  // the command line's own sweep replaces the file's, in its place
  EXPECT_EQ(seeds[1], (std::vector<std::string>{"strategy=s1", "experiment=study", "seed.init=2"}));
}

std::string override_for(const Node& block) {
  if (block.find("model") != nullptr) return "model=llama8b";
  if (block.find("task") != nullptr) return "task=semeval2014t7";
  if (block.find("ablations") != nullptr) return "experiment=ablation_architecture";
  if (block.find("token_control") != nullptr) return "experiment=token_controlled";
  if (block.find("hp_search") != nullptr) return "experiment=hp_search";
  std::string name = python_str(*find_node(block, "strategy.name"));
  name = name.substr(0, name.find('_'));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return "strategy=" + name;
}

std::size_t expect_contained(const Node& expected, const Node& tree, const std::string& key) {
  if (!expected.is_dict()) {
    const Node* found = find_node(tree, key);
    EXPECT_TRUE(found != nullptr && same_content(expected, *found)) << key;
    return 1;
  }
  std::size_t leaves = 0;
  for (const Node::Entry& entry : expected.entries()) {
    leaves += expect_contained(*entry.node, tree, key.empty() ? entry.key.text : key + "." + entry.key.text);
  }
  return leaves;
}

TEST(ShippedConfigs, EveryValueOfTheStudysDocument) {
  POLYCLINIC_NEEDS_SHARED(path, "reference/study.md");
  const std::string text = read_file(path);
  std::size_t blocks = 0, leaves = 0;
  const std::string fence = "```yaml\n";
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    const NodePtr block = read_yaml(text.substr(at, text.find("```", at) - at), "study.md");
    const std::string override = override_for(*block);
    SCOPED_TRACE(override);
    const Composition composition = compose(request({override}));
    leaves += expect_contained(*block, *composition.root, "");
    ++blocks;
  }
  EXPECT_EQ(blocks, 10U);
  EXPECT_GE(leaves, 100U);
}

TEST(ShippedConfigs, EachValueHasItsYamlAndItsOrigin) {
  const Composition composition =
      compose(request({"+x={a: [1, yes it is, '1', null], b: {}}", "output.tensorboard=false"}));
  const NodePtr job = resolved(*composition.job(), &composition.hydra(), 0);
  std::map<std::string, ValueOrigin> by_key;
  for (const ValueOrigin& value : value_origins(*job)) by_key[value.key] = value;
  EXPECT_EQ(by_key.at("x.a").value, "[1, yes it is, '1', null]");
  EXPECT_EQ(by_key.at("x.b").value, "{}");
  EXPECT_EQ(by_key.at("output.tensorboard").value, "false");
  EXPECT_NE(by_key.at("output.tensorboard").origin.find("output.tensorboard=false"), std::string::npos);
  EXPECT_EQ(by_key.at("parity.target").value, "null");
  EXPECT_NE(by_key.at("parity.target").origin.find("configs/config.yaml:"), std::string::npos);
}

}  // namespace
}  // namespace polyclinic
