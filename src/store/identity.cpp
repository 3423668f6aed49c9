#include "store/identity.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "core/concat.h"
#include "store/sha256.h"

namespace polyclinic {

const std::vector<std::string>& keys_without_effect() {
  static const std::vector<std::string> keys = {
      "output",
      "data.root",
      "model.path",
      "model.params",
      "model.unsloth",
      "task.data.path",
      "task.data.terminology",
      "tasks.*.task.data.terminology",
      "tasks.*.task.data.path",
      "tasks.*.task.data.terminology",
      "tasks.*.task.data.source",
      "tasks.*.task.data.train_size",
      "tasks.*.task.data.dev_size",
      "tasks.*.task.data.test_size",
      "tasks.*.task.evaluation",
      "tasks.*.task.contamination",
      "tasks.*.task.full_name",
      "strategy.description",
      "strategy.token_logging",
      "train.threads",
      "train.checkpoint_every_n_steps",
      "train.checkpoint_every_seconds",
      "train.time_limit",
      "train.memory_limit_gib",
      "token_control.description",
      "token_control.logging",
  };
  return keys;
}

namespace {
std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    parts.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void erase(nlohmann::json& node, std::span<const std::string> key) {
  if (!node.is_object()) return;
  std::vector<std::string> names;
  for (const auto& [name, value] : node.items()) {
    if (key.front() == "*" || key.front() == name) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (key.size() > 1) erase(node[name], key.subspan(1));
    if (key.size() == 1 || (node[name].is_object() && node[name].empty())) node.erase(name);
  }
}
}  // namespace

nlohmann::json canonical_config(const nlohmann::json& config) {
  nlohmann::json out = config;
  for (const std::string& key : keys_without_effect()) erase(out, parts_of(key));
  return out;
}

std::string run_identity(const nlohmann::json& config, std::vector<InputContent> inputs) {
  std::sort(inputs.begin(), inputs.end(), [](const InputContent& a, const InputContent& b) { return a.role < b.role; });
  // nlohmann's objects are sorted by key, so that one configuration has one text.
  std::string text = concat("polyclinic run 1\n", canonical_config(config).dump(), "\n");
  for (const InputContent& input : inputs) text += concat(input.role, "\t", input.sha256, "\n");
  return sha256(text);
}

std::string run_id(std::string_view identity) { return std::string(identity.substr(0, 12)); }

}  // namespace polyclinic
