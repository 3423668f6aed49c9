#include "config/repository.h"

#include <algorithm>
#include <set>

#include "config/yaml_read.h"
#include "core/concat.h"
#include "core/files.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::string with_extension(const std::string& path) {
  const bool has = path.size() >= 5 && path.compare(path.size() - 5, 5, ".yaml") == 0;
  return has ? path : path + ".yaml";
}

std::string without_extension(const std::string& path) {
  const bool has = path.size() >= 5 && path.compare(path.size() - 5, 5, ".yaml") == 0;
  return has ? path.substr(0, path.size() - 5) : path;
}

std::string_view strip(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r\v\f");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r\v\f") - first + 1);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The path as a person would type it from the current folder.
std::string shown(const fs::path& path) {
  std::error_code ignored;
  const std::string text = path.lexically_relative(fs::current_path(ignored)).string();
  return text.empty() || text.rfind("..", 0) == 0 ? path.string() : text;
}

}  // namespace

std::string ConfigSource::name() const { return folder.empty() ? "pkg://hydra.conf" : "file://" + folder.string(); }

void Repository::add(std::string provider, const fs::path& folder) {
  sources_.push_back({std::move(provider), folder});
}
void Repository::add_builtin() { sources_.push_back({"hydra", {}}); }

const LoadedConfig* Repository::load(const std::string& path) {
  const auto known = loaded_.find(path);
  if (known != loaded_.end()) return known->second.get();
  for (const ConfigSource& source : sources_) {
    std::string text, file;
    if (source.folder.empty()) {
      const char* builtin = detail::builtin_config(without_extension(path));
      if (builtin == nullptr) continue;
      text = builtin;
      file = "built-in " + path;
    } else {
      const fs::path full = source.folder / with_extension(path);
      if (!is_file(full)) continue;
      text = read_file(full);
      file = shown(full);
    }
    auto loaded = std::make_unique<LoadedConfig>();
    loaded->package = read_package_header(text, file);
    loaded->content = read_yaml(text, file);
    loaded->file = file;
    loaded->defaults = take_defaults(*loaded->content, path);
    return (loaded_[path] = std::move(loaded)).get();
  }
  loaded_[path] = nullptr;
  return nullptr;
}

bool Repository::has_config(const std::string& path) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const ConfigSource& source) {
    if (source.folder.empty()) return detail::builtin_config(without_extension(path)) != nullptr;
    return is_file(source.folder / with_extension(path));
  });
}

bool Repository::has_group(const std::string& path) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const ConfigSource& source) {
    if (!source.folder.empty()) return is_folder(source.folder / path);
    const std::vector<std::string> all = detail::builtin_paths();
    return path.empty() ||
           std::any_of(all.begin(), all.end(), [&](const std::string& p) { return p.rfind(path + "/", 0) == 0; });
  });
}

std::vector<std::string> Repository::options(const std::string& group) const {
  std::set<std::string> names;
  for (const ConfigSource& source : sources_) {
    if (source.folder.empty()) {
      for (const std::string& path : detail::builtin_paths()) {
        const bool inside = path.rfind(group + "/", 0) == 0 && path.find('/', group.size() + 1) == std::string::npos;
        if (inside) names.insert(path.substr(group.size() + 1));
      }
      continue;
    }
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(source.folder / group, ignored)) {
      const std::string name = entry.path().filename().string();
      if (is_file(source.folder / group / with_extension(name)) && name != "__init__.py" && name != "__pycache__") {
        names.insert(name.substr(0, name.rfind('.')));
      }
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Repository::groups(const std::string& group) const {
  std::set<std::string> names;
  for (const ConfigSource& source : sources_) {
    if (source.folder.empty()) {
      if (group.empty()) names.insert("hydra");
      for (const std::string& path : detail::builtin_paths()) {
        const std::size_t slash = path.find('/', group.size() + 1);
        if (path.rfind(group + "/", 0) == 0 && slash != std::string::npos) {
          names.insert(path.substr(group.size() + 1, slash - group.size() - 1));
        }
      }
      continue;
    }
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(source.folder / group, ignored)) {
      const std::string name = entry.path().filename().string();
      if (is_folder(entry.path()) && name != "__pycache__") names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

std::optional<std::string> read_package_header(std::string_view text, const std::string& file) {
  std::optional<std::string> package;
  text = text.substr(0, 512);
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view content = strip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.empty()) continue;
    if (content[0] != '#' || strip(content.substr(1)).substr(0, 1) != "@") break;
    content.remove_prefix(std::min(content.find_first_not_of('#'), content.size()));
    std::vector<std::string> words;
    for (content = strip(content); !content.empty();) {
      const std::size_t blank = std::min(content.find(' '), content.size());
      if (blank > 0) words.emplace_back(content.substr(0, blank));
      content.remove_prefix(std::min(blank + 1, content.size()));
    }
    if (words.size() != 2) {
      throw InputError(concat("a header line holds a key and a value, not ", words.size(), " words"),
                       {file, line, 0, ""}, "write # @package _global_");
    }
    if (words[0] == "@package") package = words[1];
  }
  return package;
}

}  // namespace polyclinic
