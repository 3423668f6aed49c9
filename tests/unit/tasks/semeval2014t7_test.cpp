#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

TEST(Semeval2014t7Reader, ReadsAndWritesTheSameLines) {
  const TemporaryFolder folder;
  const std::string lines =
      "00098-DISCHARGE_SUMMARY.txt||Disease_Disorder||C0221755||0||3||8||12\n"
      "00098-DISCHARGE_SUMMARY.txt||Disease_Disorder||CUI-less||8||12\n";
  put(folder.path() / "train/00098-DISCHARGE_SUMMARY.text", "hip and knee pain\n");
  put(folder.path() / "train/00098-DISCHARGE_SUMMARY.pipe.txt", lines);
  put(folder.path() / "train/00099.txt", "nothing\n");
  put(folder.path() / "train/00099.pipe", "");
  const TaskDefinition& task = find_task("semeval2014t7");
  Diagnostics diagnostics(Diagnostics::Mode::collect);
  const Split split = task.read({folder.path(), "", "", {}}, "train", diagnostics);
  EXPECT_TRUE(diagnostics.items().empty());
  ASSERT_EQ(split.examples.size(), 2u);
  const Example& note = split.examples[0];
  ASSERT_EQ(note.mentions.size(), 2u);
  EXPECT_EQ(note.mentions[0].fragments, (std::vector<Span>{{0, 3}, {8, 12}}));
  EXPECT_EQ(note.mentions[0].concept_id, "C0221755");
  task.write({}, split, folder.path() / "out");
  EXPECT_EQ(read_file(folder.path() / "out/00098-DISCHARGE_SUMMARY.pipe"), lines);
  EXPECT_EQ(read_file(folder.path() / "out/00099.pipe"), "");
}

// The score in memory is the score of the written files.
TEST(Semeval2014t7Reader, ScoresInMemoryAsInFiles) {
  const TemporaryFolder folder;
  Split gold{"test", {{.id = "a", .text = "hip and knee pain"}}}, predicted = gold;
  gold.examples[0].mentions = {{"T1", "", {{0, 3}, {13, 17}}, {}, "C0000001"}, {"T2", "", {{8, 17}}, {}, "C0000002"}};
  predicted.examples[0].mentions = {{"T1", "", {{0, 3}, {13, 17}}, {}, "C0000003"}, {"T2", "", {{4, 12}}, {}, ""}};
  const TaskDefinition& task = find_task("semeval2014t7");
  task.write({}, gold, folder.path() / "gold");
  task.write({}, predicted, folder.path() / "pred");
  for (const std::string subtask : {"A", "B"}) {
    const ScoreReport memory = task.score({{}, "", subtask, {}}, gold, predicted);
    const ScoreReport files =
        score("semeval2014t7", folder.path() / "gold", folder.path() / "pred", {{"subtask", subtask}});
    EXPECT_EQ(memory.text, files.text);
  }
  EXPECT_THROW(task.score({{}, "", "C", {}}, gold, predicted), InputError);
}

}  // namespace
}  // namespace polyclinic
