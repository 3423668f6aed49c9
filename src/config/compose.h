#pragma once
// Hydra 1.3 composition: a primary config, its defaults list and overrides become one tree.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/defaults_tree.h"
#include "config/node.h"

namespace polyclinic {

struct ComposeRequest {
  std::filesystem::path folder;  // the main config folder
  std::string name = "config";   // primary config; empty: none
  std::vector<std::string> overrides;
  std::optional<std::filesystem::path> extra_folder;  // --config-dir
  std::string job_name = "polyclinic";
  bool multirun = false;  // sweeps and `???` choices pass; the result is the sweep's master config
};

struct Composition {
  NodePtr root;  // with its `hydra` node
  DefaultsList defaults;
  std::vector<ConfigSource> sources;
  std::vector<Override> overrides;
  std::vector<std::string> warnings;

  const Node& hydra() const { return *root->find("hydra"); }
  NodePtr job() const;  // without `hydra`, interpolations unresolved
};

// InputError (exit 2) for anything that Hydra refuses.
Composition compose(const ComposeRequest& request);

// A copy without interpolations. `now`: seconds since 1970 for ${now:...}. `hydra`: what ${hydra:...} reads.
NodePtr resolved(const Node& tree, const Node* hydra, std::int64_t now);

// The jobs of `-m`: hydra.sweeper.params of the master config, then the task overrides; last one fastest.
std::vector<std::vector<std::string>> expand_multirun(const ComposeRequest& request);

}  // namespace polyclinic
