// Every case of tests/parity/hydra/cases.jsonl: what Python's hydra-core 1.3.2 composed must come out here byte for
// byte, and what it refused must be refused.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/compose.h"
#include "config/sweep.h"
#include "config/yaml_read.h"
#include "config/yaml_write.h"
#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

using nlohmann::json;

struct Outcome {
  std::string text;
  std::string error;
};

void write_tree(const std::filesystem::path& folder, const json& files) {
  for (const auto& [name, text] : files.items()) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text.get<std::string>();
  }
}

std::string run(const json& test, const std::filesystem::path& folder) {
  const std::string kind = test["kind"];
  if (kind == "yaml") return write_yaml(*read_yaml(test["text"].get<std::string>(), "x.yaml"));
  write_tree(folder, test["files"]);
  if (kind == "sweep") {
    std::vector<Override> overrides;
    for (const std::string line : test["overrides"]) overrides.push_back(parse_override(line));
    Repository repository;
    repository.add("main", folder);
    const auto jobs = expand_sweeps(overrides, [&](const std::string& group) { return repository.options(group); });
    return json(jobs).dump();
  }
  ComposeRequest request;
  request.folder = folder;
  request.name = test.value("name", "config");
  request.overrides = test["overrides"].get<std::vector<std::string>>();
  const Composition composition = compose(request);
  const NodePtr job = composition.job();
  if (!test.value("resolve", false)) return write_yaml(*job);
  return write_yaml(*resolved(*job, nullptr, 0));
}

Outcome outcome(const json& test) {
  const TemporaryFolder folder;
  try {
    return {run(test, folder.path()), ""};
  } catch (const InputError& error) {
    return {"", error.what()};
  }
}

TEST(HydraDifferential, EveryKeptCase) {
  setenv("POLYCLINIC_TEST_TEXT", "from env", 1);
  setenv("POLYCLINIC_TEST_NUMBER", "17", 1);
  unsetenv("POLYCLINIC_TEST_UNSET");
  const char* other = std::getenv("POLYCLINIC_HYDRA_CASES");  // a freshly made file
  std::ifstream file(other != nullptr ? other : POLYCLINIC_SOURCE_DIR "/tests/parity/hydra/cases.jsonl");
  ASSERT_TRUE(file);
  std::size_t count = 0, failures = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const json test = json::parse(line);
    const Outcome ours = outcome(test);
    const bool refused = test.contains("error");
    if (refused) {
      if (ours.error.empty()) {
        ADD_FAILURE() << "line " << count + 1 << ": Hydra refuses (" << test["error"] << "), we gave\n"
                      << ours.text << "\n"
                      << (++failures < 80 ? line : "");
      }
      continue;
    }
    const std::string expected = test.contains("jobs") ? test["jobs"].dump() : test["yaml"].get<std::string>();
    if (!ours.error.empty() || ours.text != expected) {
      ADD_FAILURE() << "line " << count + 1 << ": expected\n"
                    << expected << "\ngot\n"
                    << ours.text << ours.error << "\n"
                    << (++failures < 80 ? line : "");
    }
  }
  EXPECT_GE(count, 300U);
}

}  // namespace
}  // namespace polyclinic
