#pragma once
// Frozen bases of one process: runs that train side by side hold the same weights once.
#include <filesystem>
#include <mutex>
#include <vector>

#include "model/trunk.h"

namespace polyclinic {

class TrunkShelf {
 public:
  // A trunk of the model in `folder`, to carry adapters: read at the first call, then shared. NF4 is read anew each
  // time. Any thread.
  Trunk take(const std::filesystem::path& folder, const ModelConfig& model, const TrunkOptions& options);

 private:
  struct Held {
    std::filesystem::path folder;
    Trunk trunk;
  };
  std::mutex mutex_;
  std::vector<Held> held_;
};

}  // namespace polyclinic
