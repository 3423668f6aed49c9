#include "model/published_shapes.h"

#include <gtest/gtest.h>

#include <map>

namespace polyclinic {
namespace {

// Figures of the published checkpoints: all parameters (a tied vocabulary head once), and the blocks' linears.
TEST(PublishedShapes, CountsOfTheSixCheckpoints) {
  const std::map<std::string_view, std::pair<std::int64_t, std::int64_t>> published = {
      {"google/gemma-2-2b", {2614341888, 2024275968}},
      {"microsoft/Phi-3-mini-4k-instruct", {3821079552, 3623878656}},
      {"meta-llama/Llama-3.2-3B", {3212749824, 2818572288}},
      {"mistralai/Mistral-7B-v0.3", {7248023552, 6979321856}},
      {"meta-llama/Llama-3.1-8B", {8030261248, 6979321856}},
      {"BioMistral/BioMistral-7B", {7241732096, 6979321856}},
  };
  ASSERT_EQ(published_models().size(), published.size());
  for (const std::string_view name : published_models()) {
    const std::optional<ModelConfig> config = published_config(name);
    ASSERT_TRUE(config) << name;
    ASSERT_TRUE(published.contains(name)) << name;
    EXPECT_EQ(parameter_count(*config), published.at(name).first) << name;
    EXPECT_EQ(linear_parameter_count(*config), published.at(name).second) << name;
  }
}

TEST(PublishedShapes, OtherNamesHaveNone) {
  EXPECT_FALSE(published_config("polyclinic/tiny"));
  EXPECT_FALSE(published_config(""));
}

}  // namespace
}  // namespace polyclinic
