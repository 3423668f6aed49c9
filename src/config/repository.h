#pragma once
// Where configuration files are found: the built-in `hydra/` groups, the main folder, --config-dir, hydra.searchpath.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/node.h"

namespace polyclinic {

// One item of a defaults list, as it is written.
struct DefaultItem {
  enum class Kind { config, group, self };
  Kind kind = Kind::config;
  std::string path;                    // config: path; group: the group as written
  std::optional<std::string> package;  // after @
  bool is_null = false;                // group: null
  bool is_list = false;                // group: [..]
  std::vector<std::string> values;     // group: one option, or several when is_list
  bool optional = false;
  bool override_keyword = false;
  bool external = false;   // +group=option of the command line
  std::string chosen_by;   // the override that gave the values
  bool not_names = false;  // whose list holds more than names: wrong once it is chosen
  int line = 0;
};

struct LoadedConfig {
  NodePtr content;                     // without its top-level `defaults`
  std::optional<std::string> package;  // of the header
  std::vector<DefaultItem> defaults;
  std::string file;
};

struct ConfigSource {
  std::string provider;          // hydra, main, command-line, hydra.searchpath in main
  std::filesystem::path folder;  // empty: the built-in groups
  std::string name() const;      // "file:///..." or "pkg://hydra.conf"
};

class Repository {
 public:
  void add(std::string provider, const std::filesystem::path& folder);
  void add_builtin();
  const std::vector<ConfigSource>& sources() const { return sources_; }

  // The first source that has the file wins; null when none has. Loaded once.
  const LoadedConfig* load(const std::string& path);
  bool has_config(const std::string& path) const;
  bool has_group(const std::string& path) const;
  std::vector<std::string> options(const std::string& group) const;  // sorted names of files
  std::vector<std::string> groups(const std::string& group) const;   // sorted names of folders

 private:
  std::vector<ConfigSource> sources_;
  std::map<std::string, std::unique_ptr<LoadedConfig>> loaded_;
};

// The package of the leading `# @package x` lines; nullopt when there is none.
std::optional<std::string> read_package_header(std::string_view text, const std::string& file);

// Takes the top-level `defaults` out of `content`.
std::vector<DefaultItem> take_defaults(Node& content, const std::string& config_path);

namespace detail {
// Built-in files by path ("hydra/output/default"), null when there is none.
const char* builtin_config(const std::string& path);
std::vector<std::string> builtin_paths();
}  // namespace detail

}  // namespace polyclinic
