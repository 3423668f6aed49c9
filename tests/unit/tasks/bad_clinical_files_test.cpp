// tests/bad/clinical_tasks.tsv: hostile files of the clinical tasks. Each gets one line that names file and line, and
// exit code 2; and the reader that collects defects goes on to the end.
#include <algorithm>
#include <cctype>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"
#include "tasks/official_text.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = fs::path(POLYCLINIC_SOURCE_DIR) / "tests/bad";

struct Case {
  std::string kind, file;
  int line = 0;
  std::string part;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  const std::string table = read_file(kRoot / "clinical_tasks.tsv");
  for (const Line& line : lines_of(table)) {
    if (line.text.starts_with("#")) continue;
    const std::vector<std::string_view> f = split(line.text, '\t');
    out.push_back(
        {std::string(f[0]), std::string(f[1]), static_cast<int>(python_int(f[2]).value()), std::string(f[3])});
  }
  return out;
}

// Lays the file out as the task's reader expects it and reads it.
Split read_case(const Case& given, const fs::path& folder, Diagnostics& diagnostics) {
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

void feed(const Case& given, const fs::path& folder) {
  if (given.kind.starts_with("score_")) {
    score(given.kind.substr(6), kRoot / given.kind / "gold", kRoot / given.kind / given.file);
    return;
  }
  Diagnostics strict;
  read_case(given, folder, strict);
}

class BadClinicalFiles : public testing::TestWithParam<Case> {};

TEST_P(BadClinicalFiles, GetOneLineAndExitCode2) {
  const Case& given = GetParam();
  const TemporaryFolder folder;
  try {
    feed(given, folder.path());
    FAIL() << "accepted";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    EXPECT_EQ(error.where().line, given.line) << message;
    EXPECT_NE(message.find(given.part), std::string::npos) << message;
    EXPECT_FALSE(error.where().file.empty()) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_NE(message.find("; "), std::string::npos) << "no mend: " << message;
  }
}

TEST_P(BadClinicalFiles, AreReportedWhenDefectsAreCollected) {
  const Case& given = GetParam();
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

INSTANTIATE_TEST_SUITE_P(Cases, BadClinicalFiles, testing::ValuesIn(cases()), [](const auto& given) {
  std::string name = given.param.kind + "_" + given.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace polyclinic
