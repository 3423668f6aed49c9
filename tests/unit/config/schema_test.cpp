// The typed schema: refusals name the file, the line, the key and the nearest name.
#include "config/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/nearest.h"
#include "config/study_compose.h"
#include "config/yaml_read.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;

StudyConfig decode(const std::string& yaml) { return decode_study(*read_yaml(yaml, "x.yaml")); }

Error refusal(const std::string& yaml) {
  try {
    decode(yaml);
  } catch (const InputError& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << yaml;
  return InputError("none");
}

TEST(Schema, UnknownKeyGivesFileLineAndNearestName) {
  const Error error = refusal("task: {name: a}\nmodel:\n  lora:\n    rank: 4\n    ranc: 8\n");
  EXPECT_EQ(error.where().file, "x.yaml");
  EXPECT_EQ(error.where().line, 5);
  EXPECT_EQ(error.where().key, "model.lora.ranc");
  EXPECT_EQ(error.code(), ExitCode::bad_input);
  EXPECT_THAT(error.what(), HasSubstr("did you mean `rank`?"));
  EXPECT_THAT(refusal("task: {name: a}\ntrian: {}\n").what(), HasSubstr("did you mean `train`?"));
}

TEST(Schema, WrongTypesAndRanges) {
  for (const char* bad :
       {"model: {lora: {rank: 2.0}}", "model: {lora: {rank: '8'}}", "model: {lora: {rank: true}}",
        "model: {lora: {rank: 0}}", "model: {lora: {rank: null}}", "model: {lora: {dropout: 1.0}}",
        "model: {lora: {dropout: .nan}}", "model: {lora: {target_modules: [q_proj, x_proj]}}", "model: {lora: 4}",
        "model: {attention: casual}", "strategy: {adapter: {shared: 1}}", "strategy: {name: no}",
        "train: {learning_rate: 0}", "train: {batch_size: 123456789012345678901234567890}", "seed: {data: -1}",
        "model: {lora: {rank: '?'}}"}) {
    SCOPED_TRACE(bad);
    const Error error = refusal(std::string("task: {name: a}\n") + bad + "\n");
    EXPECT_EQ(error.where().line, 2);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  EXPECT_THAT(refusal("task: {name: a}\nmodel: {attention: casual}\n").what(), HasSubstr("did you mean `causal`?"));
  EXPECT_THAT(refusal("task: {name: a}\nmodel: {lora: {rank: '8'}}\n").what(), HasSubstr("needed, not `'8'`;"));
  EXPECT_THAT(refusal("task: {name: a}\nmodel: {lora: {rank: null}}\n").what(), HasSubstr("needed, not `null`;"));
  EXPECT_THAT(refusal("task: {name: a}\nmodel: {quantization: {bits: 3}}\n").what(), HasSubstr("range; give 4"));
}

TEST(Schema, ValuesThatPass) {
  const StudyConfig study = decode(
      "task: {name: a, task_level: 2, options: {variant: B, keep: true, n: 3}}\n"
      "model: {params: 8, lora: {alpha: 16, target_modules: q_proj}}\n"
      "strategy: {adapter: {fusion: null}, quantization: {enabled: true}}\n"
      "train: {max_steps: 12}\n");
  EXPECT_EQ(study.tasks.at(0).task.task_level, std::vector<std::int64_t>{2});
  EXPECT_EQ(study.tasks[0].task.options, (Named<std::string>{{"variant", "B"}, {"keep", "true"}, {"n", "3"}}));
  EXPECT_EQ(study.model.params, 8.0);
  EXPECT_EQ(study.model.lora.target_modules, std::vector<std::string>{"q_proj"});
  EXPECT_FALSE(study.strategy.adapter.fusion.has_value());
  EXPECT_TRUE(quantization(study).enabled);
  EXPECT_EQ(study.train.max_steps, 12);
  EXPECT_FALSE(study.hp_search.has_value());
}

TEST(Schema, SeveralTasksWinOverTheSingleOne) {
  const StudyConfig study = decode("task: {name: a}\ntasks: {x: {task: {name: b}}, y: {task: {name: c}}}\n");
  ASSERT_EQ(study.tasks.size(), 2U);
  EXPECT_EQ(study.tasks[1].key, "y");
  EXPECT_EQ(study.tasks[1].task.name, "c");
  EXPECT_THAT(refusal("seed: {data: 1}\n").what(), HasSubstr("no task is chosen"));
}

TEST(Schema, AblationsTakeFreeNames) {
  const StudyConfig study =
      decode("task: {name: a}\nablations: {mine: {shared_rank: 3, private: false}, parameter_parity_check: false}\n");
  ASSERT_TRUE(study.ablations.has_value());
  EXPECT_FALSE(study.ablations->parameter_parity_check);
  ASSERT_EQ(study.ablations->variants.size(), 1U);
  EXPECT_EQ(study.ablations->variants[0].second.shared_rank, 3);
  EXPECT_EQ(study.ablations->variants[0].second.private_adapter, false);
}

TEST(Schema, EveryOptionIsDocumentedOnce) {
  std::set<std::string> keys;
  for (const OptionHelp& option : study_options()) {
    EXPECT_FALSE(option.help.empty()) << option.key;
    EXPECT_TRUE(option.type.empty() || keys.insert(option.key).second) << option.key;
  }
  EXPECT_EQ(keys.count("model.lora.rank"), 1U);
  EXPECT_EQ(keys.count("hp_search.warmup_ratio"), 1U);
  EXPECT_THAT(study_options_text(), HasSubstr("model.lora.rank = 16  (int, >= 1, <= 4096)"));
}

TEST(Nearest, ByEditDistance) {
  EXPECT_EQ(nearest_name("ranc", {"alpha", "rank", "dropout"}), "rank");
  EXPECT_EQ(nearest_name("zzz", {"alpha", "rank"}), "");
  EXPECT_EQ(nearest_name("xy", {"ab"}), "");
  EXPECT_EQ(nearest_name("gpu", {"auto", "cpu", "cuda"}), "");
}

TEST(ConfigArguments, HydrasOptionsAmongOverrides) {
  const ConfigArguments a = parse_config_arguments(
      {"x=1", "-cn", "other", "--config-path=/c", "~y", "-m", "--resume", "--limit", "3", "+z=2"}, {"--limit"});
  EXPECT_EQ(a.name, "other");
  EXPECT_EQ(a.folder, "/c");
  EXPECT_TRUE(a.multirun);
  EXPECT_EQ(a.overrides, (std::vector<std::string>{"x=1", "~y", "+z=2"}));
  EXPECT_EQ(a.rest, (std::vector<std::string>{"--resume", "--limit", "3"}));
  EXPECT_THROW(parse_config_arguments({"-cn"}, {}), InputError);
}

}  // namespace
}  // namespace polyclinic
