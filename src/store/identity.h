#pragma once
// A run is named by what decides its result: the resolved configuration without keys that decide nothing, the content
// of the data and of the base weights (design.md, section 8).
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

// A file or folder that a run reads: its role in the run (never its place on this machine) and its content's hash.
struct InputContent {
  std::string role;    // e.g. "task/bc5cdr/train", "model/weights"
  std::string sha256;  // RunStore::content_hash
};

// Dotted keys that do not change a result, "*" standing for one key. They are left out of the identity; so are paths,
// whose content counts instead.
const std::vector<std::string>& keys_without_effect();

// `config` without those keys, and without objects that this leaves empty.
nlohmann::json canonical_config(const nlohmann::json& config);

// 64 hexadecimal digits. The order of keys and of `inputs` does not matter.
std::string run_identity(const nlohmann::json& config, std::vector<InputContent> inputs);

// The run's short id, folder name and name in tables: the first 12 digits.
std::string run_id(std::string_view identity);

}  // namespace polyclinic
