// tests/bad: hostile files. Each gets one line that names file and line, and exit code 2.
#include <gtest/gtest.h>

#include "core/files.h"
#include "support/bad_file.h"
#include "support/temporary_folder.h"
#include "tasks/brat.h"
#include "tasks/measeval_example.h"
#include "tasks/persuasion.h"
#include "tasks/registry.h"
#include "tasks/semeval2017t3.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = bad_files_root();

void read_brat(const fs::path& path, Diagnostics& strict) {
  BratDocument document = parse_brat(read_file(path), path.string(), strict);
  check_brat(document, read_file(path.parent_path() / "text.txt"), path.string(), strict);
}

void read_measeval(const fs::path& path, Diagnostics& strict) {
  const std::vector<MeasEvalRow> rows = read_measeval_rows(read_file(path), path.string(), strict);
  check_measeval_rows(rows, strict);
  measeval_example(rows, "d-1", read_file(path.parent_path() / "text.txt"), path.string(), strict);
}

void read_persuasion_file(const fs::path& path, bool spans, Diagnostics& strict) {
  const std::vector<PersuasionItem> items = read_persuasion(read_file(path), path.string(), spans, strict);
  const std::vector<PersuasionItem> gold = {{"1", "", {"Doubt"}, {}, 0}, {"2", "", {}, {}, 0}};
  if (spans) {
    score_persuasion_spans(gold, items, persuasion_techniques("2"), path.string(), false);
  } else {
    score_persuasion_labels(gold, items, persuasion_techniques("1"), path.string());
  }
}

// A file that is a whole split.
void read_as_split(const std::string& task, const fs::path& path, Diagnostics& strict) {
  TemporaryFolder folder;
  fs::copy_file(path, folder.path() / ("train" + path.extension().string()));
  TaskData data;
  data.folder = folder.path();
  find_task(task).read(data, "train", strict);
}

void feed(const BadFile& given) {
  const fs::path path = kRoot / given.kind / given.file;
  Diagnostics strict;
  if (given.kind == "brat") return read_brat(path, strict);
  if (given.kind == "measeval") return read_measeval(path, strict);
  if (given.kind == "persuasion1" || given.kind == "persuasion2") {
    return read_persuasion_file(path, given.kind == "persuasion2", strict);
  }
  if (given.kind == "semeval2017t3") return void(read_semeval2017t3(read_file(path), path.string(), "A", strict));
  if (!given.kind.starts_with("score_")) return read_as_split(given.kind, path, strict);
  const bool folder = fs::is_directory(kRoot / given.kind / "gold");
  score(given.kind.substr(6), kRoot / given.kind / (folder ? "gold" : "gold.txt"), folder ? path.parent_path() : path);
}

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, GetOneLineAndExitCode2) {
  const BadFile& given = GetParam();
  expect_one_line(given, [&] { feed(given); });
}

INSTANTIATE_TEST_SUITE_P(Cases, BadFiles, testing::ValuesIn(bad_files("readers_and_scorers.tsv")), bad_file_name);

}  // namespace
}  // namespace polyclinic
