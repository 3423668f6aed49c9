#include "tasks/anafora_folders.h"

#include <algorithm>
#include <regex>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::regex regex_of(std::string pattern) {
  auto flags = std::regex::ECMAScript | std::regex::optimize;
  if (pattern.starts_with("(?i)")) {
    pattern.erase(0, 4);
    flags |= std::regex::icase;
  }
  try {
    return std::regex(pattern, flags);
  } catch (const std::regex_error&) {
    throw InputError(concat("'", pattern, "' is no regular expression"), {.key = "xml_name_regex"},
                     "write one such as [.]xml$");
  }
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Folders without sub-folders.
std::vector<fs::path> leaves(const fs::path& root) {
  std::vector<fs::path> open = {root}, out;
  while (!open.empty()) {
    const fs::path folder = open.back();
    open.pop_back();
    bool leaf = true;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!entry.is_directory()) continue;
      leaf = false;
      if (!entry.is_symlink()) open.push_back(entry.path());
    }
    if (leaf) out.push_back(folder);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

bool pattern_found(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, regex_of(pattern));
}

std::vector<AnaforaPair> read_anafora_folders(const fs::path& reference, const fs::path& predicted,
                                              const std::string& name_pattern) {
  if (!fs::is_directory(reference)) {
    throw InputError("no such folder", {reference.string()}, "give the folder that holds a folder for each document");
  }
  if (!fs::is_directory(predicted)) {
    throw InputError("no such folder", {predicted.string()}, "give the folder that holds a folder for each document");
  }
  const std::regex pattern = regex_of(name_pattern);
  std::vector<AnaforaPair> out;
  for (const fs::path& folder : leaves(reference)) {
    std::vector<fs::path> gold = files_of(folder);
    std::erase_if(gold, [&](const fs::path& path) { return !std::regex_search(path.filename().string(), pattern); });
    if (gold.empty()) continue;
    AnaforaPair pair{folder.filename().string(), gold.front().filename().string(), {}, {}};
    pair.reference = parse_anafora(read_file(gold.front()), gold.front());
    const bool skipped = pair.reference.self_referential() != nullptr;  // then nobody opens the predicted file
    for (const fs::path& path :
         skipped ? std::vector<fs::path>() : files_of(predicted / fs::relative(folder, reference))) {
      const std::string name = path.filename().string();
      if (!name.starts_with(pair.name) || !name.ends_with(".xml")) continue;
      if (!std::regex_search(path.string(), pattern)) continue;
      pair.predicted = parse_anafora(read_file(path), path);
      break;
    }
    out.push_back(std::move(pair));
  }
  return out;
}

}  // namespace polyclinic
