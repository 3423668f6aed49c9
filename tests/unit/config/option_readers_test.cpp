// Every option of the schema has an effect, is refused, or is a text for people: option_readers.tsv says which, this
// test that the list is complete and that the named places exist.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "config/schema.h"
#include "core/files.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

struct Reader {
  std::string file, word;
};

std::map<std::string, Reader> readers() {
  std::map<std::string, Reader> out;
  std::istringstream lines(read_file(POLYCLINIC_SOURCE_DIR "/tests/unit/config/option_readers.tsv"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    const std::string key = line.substr(0, first);
    EXPECT_FALSE(out.contains(key)) << key << " stands twice";
    out[key] = {line.substr(first + 1, second - first - 1), line.substr(second + 1)};
  }
  return out;
}

// Text of a file, or of all sources of a folder.
std::string source_text(const std::string& name) {
  const fs::path path = fs::path(POLYCLINIC_SOURCE_DIR) / "src" / name;
  if (!fs::is_directory(path)) return read_file(path);
  std::string out;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".cpp") out += read_file(entry.path());
  }
  return out;
}

TEST(OptionReaders, TheListIsTheSchema) {
  std::map<std::string, Reader> listed = readers();
  for (const OptionHelp& option : study_options()) {
    if (option.type.empty()) continue;  // a group
    EXPECT_EQ(listed.erase(option.key), 1) << option.key << " is in the schema and not in option_readers.tsv";
  }
  for (const auto& [key, reader] : listed) ADD_FAILURE() << key << " is not in the schema";
}

TEST(OptionReaders, EachReaderReadsIt) {
  for (const auto& [key, reader] : readers()) {
    if (reader.file == "text") {
      EXPECT_FALSE(reader.word.empty()) << key;
      continue;
    }
    EXPECT_NE(source_text(reader.file).find(reader.word), std::string::npos)
        << key << ": src/" << reader.file << " does not say " << reader.word;
  }
}

}  // namespace
}  // namespace polyclinic
