#include <gtest/gtest.h>

#include "core/files.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

Split read(const std::string& task, const std::filesystem::path& folder, const std::string& split) {
  Diagnostics strict;
  return find_task(task).read({folder}, split, strict);
}

TEST(JsonlTasks, HaveAsManyExamplesAsTheirFilesHaveLines) {  // wc -l
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed");
  EXPECT_EQ(read("pubmedqa", folder / "pubmedqa", "train").examples.size(), 1000u);
  EXPECT_EQ(read("gad", folder / "gad", "train").examples.size(), 4796u);
  EXPECT_EQ(read("gad", folder / "gad", "test").examples.size(), 534u);
  EXPECT_EQ(read("biosses", folder / "biosses", "train").examples.size(), 64u);
  EXPECT_EQ(read("biosses", folder / "biosses", "dev").examples.size(), 16u);
  EXPECT_EQ(read("hoc", folder / "hoc", "train").examples.size(), 12119u);
  EXPECT_EQ(read("hoc", folder / "hoc", "test").examples.size(), 3547u);
}

TEST(JsonlTasks, GoldAgainstItsOwnPredictionFileIsPerfect) {
  POLYCLINIC_NEEDS_SHARED(folder, "data/biomed");
  for (const char* name : {"gad", "hoc", "biosses"}) {
    const TaskDefinition& task = find_task(name);
    const Split gold = read(name, folder / name, "test");
    const ScoreReport report = task.score({}, gold, gold);
    EXPECT_NEAR(report.primary, 1.0, 1e-12) << name;
    EXPECT_EQ(report.primary_name, task.primary_metric) << name;
  }
}

TEST(JsonlTasks, NameTheLineOfADefect) {
  TemporaryFolder folder;
  write_file_atomic(folder.path() / "train.jsonl",
                    "{\"id\":\"1\",\"text\":\"a\",\"labels\":[\"0\"]}\n{\"id\":\"1\",\"text\":\"b\"}\n{id}\n{\"id\":"
                    "\"2\",\"labels\":[]}\n"
                    "{\"id\":\"3\",\"text\":\"\xff\"}\n");
  Diagnostics found(Diagnostics::Mode::collect);
  const Split split = find_task("gad").read({folder.path()}, "train", found);
  EXPECT_EQ(found.errors(), 4u);
  EXPECT_EQ(found.items()[0].where.line, 2);
  EXPECT_EQ(found.items()[1].where.line, 3);
  EXPECT_EQ(found.items()[3].what, "not UTF-8");
}

}  // namespace
}  // namespace polyclinic
