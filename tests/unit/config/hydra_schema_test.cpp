// Hydra's own node is typed (HydraConf of hydra-core 1.3.2): which values it takes and keeps.
#include "config/hydra_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_read.h"
#include "config/yaml_write.h"
#include "core/error.h"

namespace polyclinic {
namespace {

std::string checked(const std::string& yaml) {
  const NodePtr root = read_yaml("hydra:\n  " + yaml + "\n", "x.yaml");
  check_hydra(*root);
  return inline_yaml(*root->find("hydra"));
}

TEST(HydraSchema, ConvertsAsOmegaConfDoes) {
  EXPECT_EQ(checked("sweep: {dir: 5}"), "{sweep: {dir: '5'}}");
  EXPECT_EQ(checked("job: {num: '3', chdir: 'yes'}"), "{job: {num: 3, chdir: true}}");
  EXPECT_EQ(checked("mode: MULTIRUN"), "{mode: MULTIRUN}");
  EXPECT_EQ(checked("run: {dir: '${now:%Y}'}"), "{run: {dir: ${now:%Y}}}");
}

TEST(HydraSchema, RefusesWrongTypesWithTheirPlace) {
  for (const char* bad : {"run: {dir: null}", "run: 5", "mode: multirun", "job: {num: x}", "job: {env_copy: A}",
                          "job_logging: null", "searchpath: {a: b}", "job: {name: [a]}"}) {
    SCOPED_TRACE(bad);
    try {
      checked(bad);
      ADD_FAILURE() << "accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(error.where().file, "x.yaml");
      EXPECT_EQ(error.where().line, 2);
    }
  }
}

}  // namespace
}  // namespace polyclinic
