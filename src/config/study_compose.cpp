#include "config/study_compose.h"

#include <algorithm>
#include <cstdlib>

#include "config/schema.h"
#include "config/yaml_write.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

void collect(const Node& node, const std::string& key, std::vector<ValueOrigin>& out) {
  if (node.is_dict() && node.size() > 0) {
    for (const Node::Entry& entry : node.entries()) {
      const std::string name = python_str(entry.key);
      collect(*entry.node, key.empty() ? name : concat(key, ".", name), out);
    }
    return;
  }
  out.push_back({key, inline_yaml(node), node.origin().text()});
}

bool has_configs(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "configs" / "config.yaml", ignored);
}

}  // namespace

std::vector<ValueOrigin> value_origins(const Node& tree) {
  std::vector<ValueOrigin> out;
  collect(tree, "", out);
  return out;
}

ComposedStudy compose_study(const ComposeRequest& request, std::int64_t now) {
  Composition composition = compose(request);
  const NodePtr job = resolved(*composition.job(), &composition.hydra(), now);
  ComposedStudy study;
  study.config = decode_study(*job);
  study.yaml = write_yaml(*job);
  study.warnings = std::move(composition.warnings);
  return study;
}

fs::path executable_path() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored);
}

fs::path find_config_folder(const std::optional<fs::path>& given, const fs::path& executable) {
  if (given) return *given;
  if (const char* variable = std::getenv("POLYCLINIC_CONFIGS")) return variable;
  for (fs::path folder = executable.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (has_configs(folder)) return folder / "configs";
  }
  if (has_configs(fs::current_path())) return fs::current_path() / "configs";
  throw InputError("no folder `configs` is found", {}, "give --config-path, or set POLYCLINIC_CONFIGS");
}

ComposeRequest ConfigArguments::request(const fs::path& executable) const {
  ComposeRequest out;
  out.folder = find_config_folder(folder, executable);
  out.name = name;
  out.overrides = overrides;
  out.extra_folder = extra_folder;
  out.multirun = multirun;
  return out;
}

ConfigArguments parse_config_arguments(const std::vector<std::string>& words, const std::vector<std::string>& valued) {
  ConfigArguments out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (word.empty() || word[0] != '-') {
      out.overrides.push_back(word);
      continue;
    }
    std::optional<std::string> value;
    const std::size_t equal = word.rfind("--", 0) == 0 ? word.find('=') : std::string::npos;
    if (equal != std::string::npos) {
      value = word.substr(equal + 1);
      word.resize(equal);
    }
    const auto take = [&]() -> std::string {
      if (value) return *value;
      if (i + 1 >= words.size()) throw InputError(concat("the option ", word, " needs a value"), {}, "give one");
      return words[++i];
    };
    if (word == "-cp" || word == "--config-path") {
      out.folder = take();
    } else if (word == "-cd" || word == "--config-dir") {
      out.extra_folder = take();
    } else if (word == "-cn" || word == "--config-name") {
      out.name = take();
    } else if (word == "-m" || word == "--multirun") {
      out.multirun = true;
    } else {
      out.rest.push_back(word);
      const bool takes = std::find(valued.begin(), valued.end(), word) != valued.end();
      if (takes) out.rest.push_back(take());
      if (!takes && value) throw InputError(concat("the option ", word, " takes no value"), {}, "");
    }
  }
  return out;
}

}  // namespace polyclinic
