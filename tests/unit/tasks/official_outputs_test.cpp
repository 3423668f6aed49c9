// Every folder tests/parity/scorers/<task>/<case> holds gold.*, pred.* and what the official script printed for them
// (made by tests/parity/scorers/make_cases.py). `options` holds one name=value a line.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "core/files.h"
#include "tasks/scorer.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

fs::path entry(const fs::path& folder, const std::string& stem) {
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().stem() == stem) return file.path();
  }
  return folder / stem;
}

ScoreOptions options_of(const fs::path& folder) {
  ScoreOptions options;
  std::ifstream file(folder / "options");
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    std::string value = line.substr(equals + 1);
    if (value.starts_with("@")) value = (folder / value.substr(1)).string();  // a file of this case
    options[line.substr(0, equals)] = value;
  }
  return options;
}

// Paths that a script prints are written as @FOLDER@/...
std::string expected_text(const fs::path& folder) {
  const std::string mark = "@FOLDER@";
  std::string text = read_file(folder / "expected.txt");
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
    text.replace(at, mark.size(), folder.string());
  }
  return text;
}

class OfficialOutputs : public testing::TestWithParam<fs::path> {};

TEST_P(OfficialOutputs, AreRepeatedByteForByte) {
  const fs::path folder = GetParam();
  const ScoreReport report =
      score(folder.parent_path().filename().string(), entry(folder, "gold"), entry(folder, "pred"), options_of(folder));
  EXPECT_EQ(report.text, expected_text(folder));
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  const fs::path root = fs::path(POLYCLINIC_SOURCE_DIR) / "tests/parity/scorers";
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    if (file.path().filename() == "expected.txt") out.push_back(file.path().parent_path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

INSTANTIATE_TEST_SUITE_P(Cases, OfficialOutputs, testing::ValuesIn(cases()), [](const auto& given) {
  std::string name = given.param.parent_path().filename().string() + "_" + given.param.filename().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace polyclinic
