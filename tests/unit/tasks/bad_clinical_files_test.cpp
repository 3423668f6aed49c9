// tests/bad/clinical_tasks.tsv: hostile files of the clinical tasks. Each gets one line that names file and line, and
// exit code 2; and the reader that collects defects goes on to the end.
#include <gtest/gtest.h>

#include "core/files.h"
#include "support/bad_file.h"
#include "support/temporary_folder.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = bad_files_root();

// Lays the file out as the task's reader expects it and reads it.
Split read_case(const BadFile& given, const fs::path& folder, Diagnostics& diagnostics) {
  const std::string bytes = read_file(kRoot / given.kind / given.file), text = "hip and knee pain since May\n";
  const bool is_text = given.kind.ends_with("_text");
  if (given.kind == "semeval2016t12") {
    write_file_atomic(folder / "train/DOC/DOC", text);
    write_file_atomic(folder / "train/DOC/DOC.Temporal-Relation.gold.completed.xml", bytes);
  } else {
    write_file_atomic(folder / "train/note.text", is_text ? bytes : text);
    write_file_atomic(folder / "train/note.pipe", is_text ? "" : bytes);
  }
  TaskData data;
  data.folder = folder;
  const std::string task = is_text ? given.kind.substr(0, given.kind.find("_text")) : given.kind;
  return find_task(task).read(data, "train", diagnostics);
}

void feed(const BadFile& given, const fs::path& folder) {
  if (given.kind.starts_with("score_")) {
    score(given.kind.substr(6), kRoot / given.kind / "gold", kRoot / given.kind / given.file);
    return;
  }
  Diagnostics strict;
  read_case(given, folder, strict);
}

class BadClinicalFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadClinicalFiles, GetOneLineAndExitCode2) {
  const BadFile& given = GetParam();
  const TemporaryFolder folder;
  expect_one_line(given, [&] { feed(given, folder.path()); });
}

TEST_P(BadClinicalFiles, AreReportedWhenDefectsAreCollected) {
  const BadFile& given = GetParam();
  if (given.kind.starts_with("score_")) return;
  const TemporaryFolder folder;
  Diagnostics collected(Diagnostics::Mode::collect);
  try {
    read_case(given, folder.path(), collected);
  } catch (const InputError&) {
    // A folder in which nothing at all could be read.
  }
  EXPECT_EQ(collected.errors(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Cases, BadClinicalFiles, testing::ValuesIn(bad_files("clinical_tasks.tsv")), bad_file_name);

}  // namespace
}  // namespace polyclinic
