// The quick reader gives what yaml-cpp's parser gives (itself held to PyYAML by the cases of tests/parity/hydra), lines
// included, or leaves the text to it.
#include "config/yaml_subset.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "config/repository.h"
#include "config/yaml_read.h"
#include "config/yaml_write.h"
#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace {

using nlohmann::json;

std::string shown(const Node& node) {
  std::string out = node.origin().text() + " ";
  if (node.is_scalar()) return out + python_type(node.value()) + " " + python_repr(node.value()) + "\n";
  out += node.is_dict() ? "{\n" : "[\n";
  for (const Node::Entry& entry : node.entries()) out += python_repr(entry.key) + " = " + shown(*entry.node);
  for (const NodePtr& item : node.items()) out += "- " + shown(*item);
  return out + "end\n";
}

std::string read_fully(const std::string& text) {
  try {
    return shown(*read_yaml_fully(text, "f.yaml"));
  } catch (const InputError& error) {
    return error.what();
  }
}

// Whether the subset holds the text; where it does, both trees are the same.
bool in_subset(const std::string& text) {
  const NodePtr quick = read_yaml_subset(text, "f.yaml");
  if (quick) {
    EXPECT_EQ(shown(*quick), read_fully(text)) << text;
  }
  return quick != nullptr;
}

TEST(YamlSubset, HoldsEveryShippedFile) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(POLYCLINIC_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const std::string text = read_file(entry.path());
    EXPECT_EQ(in_subset(text), text.find(": >\n") == std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 30U);
  for (const std::string& path : detail::builtin_paths()) {
    const std::string text = detail::builtin_config(path);
    EXPECT_TRUE(text.empty() || in_subset(text)) << path;
  }
}

TEST(YamlSubset, AgreesOnEveryTextOfTheHydraCases) {
  std::ifstream cases(POLYCLINIC_SOURCE_DIR "/tests/parity/hydra/cases.jsonl");
  std::size_t held = 0;
  for (std::string line; std::getline(cases, line);) {
    const json test = json::parse(line);
    if (test.contains("text")) held += in_subset(test["text"]) ? 1 : 0;
    for (const auto& file : test.value("files", json::object())) held += in_subset(file) ? 1 : 0;
  }
  EXPECT_GT(held, 300U);
}

TEST(YamlSubset, HoldsCommonForms) {
  for (const char* text :
       {"a: 1", "a: 1\nb:\nc: x y # z\n", "a:\n  b:\n    c: 1\nd: 2\n",
        "a:\n- 1\n- b: 2\n  c: 3\n-   d: [1, {e: f}]\nz: 0\n", "a:\n  - b:\n    - 1\n    - 2\n    c: 3\n",
        "# x\n\na: 1\n", "a: 'x # y'   # z\nb: \"\"\n", "a: []\nb: {}\nc: [ 1 , 'x' ]\n", "a: {b: 1, c: [x, -1, .5]}\n",
        "a: -1\nb: ???\nc: ${a}\nd: x${a:b,c}y\ne: 1e-8\nf: x#y\ng: 12:30\n", "a: ~\nb: no\n",
        "a:   \n\n  # x\n  b: 1\n# y\n", "a:\n  - x\n\n  - y z\nb: 1\n",
        "a:\n  b:\n  c: 1\nd:", "a.b/c@d: 1\nx y: 2\n"}) {
    EXPECT_TRUE(in_subset(text)) << text;
  }
}

// Found by fuzzing: a character cut off at the end of the text has no line beyond it.
TEST(YamlSubset, ACharacterThatIsCutOffIsRefusedWithItsLine) {
  for (const std::string text : {":\xC0\x85", "a: 1\n:\xC0\x85"}) {
    try {
      read_yaml_fully(text, "x.yaml");
      ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.where().line, 1 + std::count(text.begin(), text.end(), '\n'));
    }
  }
}

// Python's own: int("3333333333333333331") * 60 + 48 and -(1 * 3600 + 30).
TEST(YamlSubset, SexagesimalIntegersOfAnySize) {
  EXPECT_EQ(write_yaml(*read_yaml_fully("a: 3333333333333333331:48\nb: -1:00:30\nc: 1:30", "x.yaml")),
            "a: 199999999999999999908\nb: -3630\nc: 90\n");
}

TEST(YamlSubset, LeavesTheRest) {
  for (const char* text : {"",
                           "# x\n",
                           "[1]",
                           "x",
                           "- 1\n",
                           "a: 1\n  b: 2\n",
                           "a: x\n  y\n",
                           "a: x\n  # z\n  y\n",
                           "a:\n    b: 1\n  c: 2\n",
                           "a: 1\na: 2\n",
                           "a: &x 1\n",
                           "a: *x\n",
                           "a: !!int 1\n",
                           "a: |\n  x\n",
                           "a: >-\n  x\n",
                           "a: \"x\\n\"\n",
                           "a: 'x''y'\n",
                           "a: 'x\n  y'\n",
                           "a: [1,\n 2]\n",
                           "a: [1,]\n",
                           "a: [1 2]\n",
                           "a: {b}\n",
                           "a: {b:1}\n",
                           "a: x: y\n",
                           "a: x:\n",
                           "a:1\n",
                           "a : 1\n",
                           "\ta: 1\n",
                           "a:\t1\n",
                           "a: 1\r\n",
                           "a: \xC3\xA9\n",
                           "--- \na: 1\n",
                           "a: 1\n---\nb: 1\n",
                           "%x\na: 1\n",
                           "1: x\n",
                           "null: 1\n",
                           "on: 1\n",
                           "<<: {a: 1}\n",
                           "? a\n",
                           "a: - 1\n",
                           "a: ? b\n",
                           "a:\n- - 1\n",
                           "a:\n-\n",
                           "a:\n- 1\n b: 2\n",
                           "a: ${\n",
                           "a: =\n",
                           "a: 0b_\n",
                           "a: 'x'y\n",
                           "a: 'x'#y\n",
                           "a: @x\n",
                           "a: %x\n",
                           "a: `x\n"}) {
    EXPECT_FALSE(in_subset(text)) << text;
  }
}

}  // namespace
}  // namespace polyclinic
