#pragma once
// The checkpoints of a run: folders that appear whole or not at all, whatever moment the process dies at.
//   step-00000120/       files of the caller's, and complete.json: each file with its size
//   latest, best         text files with the name of a folder
//   .partial-*, .old-*   what a killed process left; never read, removed by clean()
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace polyclinic {

struct Checkpoint {
  std::int64_t step = 0;
  std::filesystem::path folder;
};

class CheckpointSet {
 public:
  // `folder` is made when the first checkpoint is. keep_last: the newest ones that stay beside the best; at least 1.
  CheckpointSet(std::filesystem::path folder, std::int64_t keep_last);

  // Calls `write` with an empty folder beside the others, syncs every file in it to disk, renames it to its final
  // name, then points `latest` (and `best`, when asked) at it and removes those that are no longer kept. When `write`
  // throws, nothing changes. A complete checkpoint of the same step is replaced.
  Checkpoint commit(std::int64_t step, const std::function<void(const std::filesystem::path& folder)>& write,
                    bool is_best = false);
  // The complete one of the highest step (`latest` is a pointer for people and scripts). Nothing when there is none.
  std::optional<Checkpoint> newest() const;
  std::optional<Checkpoint> best() const;
  std::vector<Checkpoint> all() const;  // complete ones, by step
  // Removes what was left incomplete. Call when a run is opened, while no other process writes into it.
  void clean() const;

 private:
  std::filesystem::path folder_;
  std::int64_t keep_last_;

  std::optional<Checkpoint> named(const std::string& pointer) const;
  void remove_old() const;
};

// True when the folder has its complete.json and each file named there with its size.
bool is_complete_checkpoint(const std::filesystem::path& folder);

}  // namespace polyclinic
