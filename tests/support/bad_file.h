#pragma once
// The table-driven tests of tests/bad: hostile files, and the one line that each of them gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"

namespace polyclinic {

struct BadFile {
  std::string kind, file;  // tests/bad/<kind>/<file>
  int line = 0;            // that the message names
  std::string part;        // of the message
};

inline std::filesystem::path bad_files_root() { return std::filesystem::path(POLYCLINIC_SOURCE_DIR) / "tests/bad"; }

// Rows of tests/bad/<table>: kind, file, line, part.
inline std::vector<BadFile> bad_files(const std::string& table) {
  std::vector<BadFile> out;
  const std::string rows = read_file(bad_files_root() / table);
  for (const Line& line : lines_of(rows)) {
    if (line.text.starts_with("#")) continue;
    const std::vector<std::string_view> f = split(line.text, '\t');
    out.push_back(
        {std::string(f[0]), std::string(f[1]), static_cast<int>(python_int(f[2]).value()), std::string(f[3])});
  }
  return out;
}

// `feed` refuses the file in one line that names file and line, with exit code 2.
inline void expect_one_line(const BadFile& given, const std::function<void()>& feed) {
  try {
    feed();
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

inline std::string bad_file_name(const testing::TestParamInfo<BadFile>& given) {
  std::string name = given.param.kind + "_" + given.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

}  // namespace polyclinic
