// What a refused override says: the composition itself is compared with Hydra in hydra_differential_test.cpp.
#include "config/apply_override.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_read.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string refusal(const std::string& line, bool study) {
  const NodePtr root = read_yaml("train: {learning_rate: 1.0, epochs: 2}\nseed: {data: 1}\n", "x.yaml");
  try {
    apply_override(*root, parse_override(line), study);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ApplyOverride, NamesTheOverrideAndTheNearestKey) {
  EXPECT_THAT(refusal("train.lerning_rate=1", false),
              AllOf(StartsWith("override train.lerning_rate=1: "), HasSubstr("did you mean train.learning_rate?"),
                    HasSubstr("write +train.lerning_rate=1")));
  EXPECT_THAT(refusal("unheard.of=1", false), HasSubstr("use +unheard.of=1"));
}

TEST(ApplyOverride, AStudyAdvisesOnlyWhatItsSchemaTakes) {
  EXPECT_THAT(refusal("train.lerning_rate=1", true),
              AllOf(HasSubstr("did you mean train.learning_rate?"), Not(HasSubstr("+train"))));
  EXPECT_THAT(refusal("train.threads=2", true), HasSubstr("it has no value yet: write +train.threads=2"));
  EXPECT_THAT(refusal("train.seed=2", true), HasSubstr("seed.data"));
  EXPECT_THAT(refusal("train.early_stopping=2", true), HasSubstr("train.early_stopping_patience?"));
  EXPECT_THAT(refusal("unheard.of=1", true), HasSubstr("config --options"));
}

}  // namespace
}  // namespace polyclinic
