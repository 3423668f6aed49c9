#include "store/checkpoint_set.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace fs = std::filesystem;

namespace {
constexpr const char* manifest_name = "complete.json";

std::string folder_name(std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return name;
}

std::optional<std::int64_t> step_of(const std::string& name) {
  if (!name.starts_with("step-") || name.size() < 13) return std::nullopt;
  if (!std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return std::stoll(name.substr(5));
}

void rename_over(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::rename(from, to, code);
  if (code) throw FailedError(concat("rename failed: ", code.message()), {.file = to.string()});
}

// Writes the manifest and forces everything below `folder` to disk.
void seal(const fs::path& folder) {
  nlohmann::json files = nlohmann::json::object();
  std::vector<fs::path> folders{folder};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) {
      folders.push_back(entry.path());
      continue;
    }
    files[entry.path().lexically_relative(folder).generic_string()] = entry.file_size();
    sync_path(entry.path());
  }
  write_file_atomic(folder / manifest_name, nlohmann::json{{"files", files}}.dump(1) + "\n");
  for (const fs::path& each : folders) sync_path(each);
}

fs::path aside(const fs::path& folder, const std::string& kind, const std::string& name) {
  return folder / concat(".", kind, "-", name, "-", static_cast<long long>(::getpid()));
}
}  // namespace

bool is_complete_checkpoint(const fs::path& folder) {
  std::error_code code;
  if (!fs::is_regular_file(folder / manifest_name, code)) return false;
  const auto manifest = nlohmann::json::parse(read_file(folder / manifest_name), nullptr, false);
  if (!manifest.is_object() || !manifest.contains("files") || !manifest["files"].is_object()) return false;
  for (const auto& [name, size] : manifest["files"].items()) {
    const std::uintmax_t found = fs::file_size(folder / name, code);
    if (code || !size.is_number_unsigned() || size.get<std::uintmax_t>() != found) return false;
  }
  return true;
}

CheckpointSet::CheckpointSet(fs::path folder, std::int64_t keep_last)
    : folder_(std::move(folder)), keep_last_(std::max<std::int64_t>(keep_last, 1)) {}

Checkpoint CheckpointSet::commit(std::int64_t step, const std::function<void(const fs::path&)>& write, bool is_best) {
  const std::string name = folder_name(step);
  const fs::path partial = aside(folder_, "partial", name), final_place = folder_ / name;
  remove_folder(partial);
  std::error_code code;
  fs::create_directories(partial, code);
  if (code) throw FailedError(concat("cannot make the folder: ", code.message()), {.file = partial.string()});
  try {
    write(partial);
    seal(partial);
  } catch (...) {
    remove_folder(partial);
    throw;
  }
  const fs::path old = aside(folder_, "old", name);
  if (fs::exists(final_place)) rename_over(final_place, old);
  rename_over(partial, final_place);
  sync_path(folder_);
  write_file_atomic(folder_ / "latest", name + "\n");
  if (is_best) write_file_atomic(folder_ / "best", name + "\n");
  remove_folder(old);
  remove_old();
  return {step, final_place};
}

std::vector<Checkpoint> CheckpointSet::all() const {
  std::vector<Checkpoint> found;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, code)) {
    const auto step = step_of(entry.path().filename().string());
    if (step && is_complete_checkpoint(entry.path())) found.push_back({*step, entry.path()});
  }
  std::sort(found.begin(), found.end(), [](const Checkpoint& a, const Checkpoint& b) { return a.step < b.step; });
  return found;
}

std::optional<Checkpoint> CheckpointSet::named(const std::string& pointer) const {
  std::error_code code;
  if (!fs::is_regular_file(folder_ / pointer, code)) return std::nullopt;
  std::string name = read_file(folder_ / pointer);
  while (!name.empty() && name.back() == '\n') name.pop_back();
  const auto step = step_of(name);
  if (!step || !is_complete_checkpoint(folder_ / name)) return std::nullopt;
  return Checkpoint{*step, folder_ / name};
}

std::optional<Checkpoint> CheckpointSet::newest() const {
  const std::vector<Checkpoint> complete = all();
  if (complete.empty()) return std::nullopt;
  // A process may die between the rename and the pointer: the highest step is then the newest.
  return complete.back();
}

std::optional<Checkpoint> CheckpointSet::best() const { return named("best"); }

void CheckpointSet::remove_old() const {
  const std::vector<Checkpoint> complete = all();
  const auto kept = best();
  const auto count = static_cast<std::int64_t>(complete.size());
  for (std::int64_t i = 0; i + keep_last_ < count; ++i) {
    const Checkpoint& checkpoint = complete[static_cast<std::size_t>(i)];
    if (kept && kept->step == checkpoint.step) continue;
    // Out of the way first, so that a half removed folder never carries a checkpoint's name.
    const fs::path old = aside(folder_, "old", checkpoint.folder.filename().string());
    rename_over(checkpoint.folder, old);
    remove_folder(old);  // what stays is removed by the next clean()
  }
}

void CheckpointSet::clean() const {
  std::error_code code;
  std::vector<fs::path> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, code)) {
    const std::string name = entry.path().filename().string();
    const bool aside_folder = name.starts_with(".partial-") || name.starts_with(".old-");
    if (aside_folder || (step_of(name) && !is_complete_checkpoint(entry.path()))) left.push_back(entry.path());
  }
  for (const fs::path& path : left) remove_folder(path);
}

}  // namespace polyclinic
