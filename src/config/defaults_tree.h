#pragma once
// Hydra's defaults list: a tree of configs, its overrides, and the flat list in the order of merging.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/override.h"
#include "config/repository.h"

namespace polyclinic {

// One node of the tree: a file, or a place that holds none (null, deleted, `???`).
struct DefaultNode {
  DefaultItem item;
  std::string base_folder;     // of the containing config
  std::string parent_package;  // final package of the containing config
  std::optional<std::string> header;
  bool primary = false;
  bool deleted = false;
  std::vector<std::unique_ptr<DefaultNode>> children;
  DefaultNode* parent = nullptr;

  std::string group_path() const;
  std::string config_path() const;
  std::optional<std::string> name() const;
  std::string final_package(bool use_header = true) const;
  std::string override_key() const;
  bool is_missing() const;
};

struct ResultDefault {
  std::string config_path;
  std::string package;
  std::string parent;
  bool is_self = false;
  bool primary = false;
  std::optional<std::string> override_key;
};

struct DefaultsList {
  std::vector<ResultDefault> items;
  std::unique_ptr<DefaultNode> tree;      // a virtual root: hydra/config, then the primary config
  std::vector<Override> value_overrides;  // those that choose no group
  // Chosen option of each group, null where none is.
  std::vector<std::pair<std::string, std::optional<std::string>>> choices;
};

// `primary`: name of the primary config, empty: none. `sweeping`: `???` choices pass. InputError as in Hydra.
DefaultsList build_defaults(Repository& repository, const std::string& primary, const std::vector<Override>& overrides,
                            bool sweeping);

}  // namespace polyclinic
