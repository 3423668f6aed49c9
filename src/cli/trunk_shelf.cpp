#include "cli/trunk_shelf.h"

#include <algorithm>

namespace polyclinic {

Trunk TrunkShelf::take(const std::filesystem::path& folder, const ModelConfig& model, const TrunkOptions& options) {
  const auto read = [&] { return Trunk::from_source(model, open_weights(folder), options); };
  if (options.nf4) return read();
  const std::scoped_lock lock(mutex_);
  auto found = std::find_if(held_.begin(), held_.end(),
                            [&](const Held& held) { return held.folder == folder && held.trunk.options() == options; });
  if (found == held_.end()) found = held_.insert(held_.end(), {folder, read()});
  return found->trunk.sharing();
}

}  // namespace polyclinic
