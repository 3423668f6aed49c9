#include "config/defaults_tree.h"

#include <algorithm>

#include "config/defaults_choices.h"
#include "config/interpolation.h"
#include "config/nearest.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using Kind = DefaultItem::Kind;
using Known = std::vector<std::pair<std::string, std::optional<std::string>>>;  // group and its option

std::string dotted(std::string path) {
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

std::string joined(const std::string& folder, const std::string& path) {
  if (folder.empty()) return path;
  return path.empty() ? folder : folder + "/" + path;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

class Builder {
 public:
  Builder(Repository& repository, DefaultsChoices& choices, bool sweeping)
      : repository_(repository), choices_(choices), sweeping_(sweeping) {}

  void expand_root(DefaultNode& root) {
    for (auto child = root.children.rbegin(); child != root.children.rend(); ++child) {
      place(**child, "", "");
      expand(**child, false);
    }
  }

 private:
  static void place(DefaultNode& node, const std::string& folder, const std::string& package) {
    node.base_folder = folder;
    node.parent_package = package;
    if (node.item.package && node.item.package->find("_group_") != std::string::npos) {
      std::string resolved = *node.item.package;
      const std::string group = dotted(node.group_path());
      for (std::size_t at = resolved.find("_group_"); at != std::string::npos;
           at = resolved.find("_group_", at + group.size())) {
        resolved.replace(at, 7, group);
      }
      node.item.package = "_global_." + resolved;
    }
  }

  // Text of a value or path with `${`, checked.
  static bool is_interpolation(const DefaultNode& node) {
    if (node.item.is_null || node.item.is_list) return false;
    return (node.item.kind == Kind::config ? node.config_path() : node.item.values[0]).find("${") != std::string::npos;
  }

  [[noreturn]] void fail_missing(const DefaultNode& node) {
    const std::vector<std::string> options = repository_.options(node.group_path());
    throw InputError(concat("you must specify '", node.override_key(), "', e.g. ", node.override_key(), "=<OPTION>"),
                     place_of(node), concat("options: ", list_of(options)));
  }

  Where place_of(const DefaultNode& node) {
    Where where;
    if (!node.item.chosen_by.empty()) where.file = "override " + node.item.chosen_by;
    if (!where.file.empty() || node.parent == nullptr || node.item.external) return where;
    const LoadedConfig* parent =
        node.parent->item.path.empty() ? nullptr : repository_.load(node.parent->config_path());
    if (parent != nullptr) where.file = parent->file;
    where.line = parent != nullptr ? node.item.line : 0;
    return where;
  }

  [[noreturn]] void fail_not_found(const DefaultNode& node) {
    std::string searched;
    for (const ConfigSource& source : repository_.sources()) searched += (searched.empty() ? "" : ", ") + source.name();
    if (node.primary) {
      throw InputError(concat("cannot find primary config '", node.config_path(), "'"), {},
                       concat("searched: ", searched));
    }
    const std::vector<std::string> options = repository_.options(node.group_path());
    if (!options.empty()) {
      const std::string near = nearest_name(node.name().value_or(""), options);
      throw InputError(concat("could not find '", node.config_path(), "'"), place_of(node),
                       concat(near.empty() ? "" : concat("did you mean '", near, "'? "), "options of '",
                              node.group_path(), "': ", list_of(options)));
    }
    throw InputError(concat("could not load '", node.config_path(), "'"), place_of(node),
                     concat("searched: ", searched));
  }

  void load_header(DefaultNode& node) {
    if (node.is_missing() && node.item.kind != Kind::self) return;
    const LoadedConfig* loaded = repository_.load(node.config_path());
    if (loaded == nullptr || !loaded->package) return;
    const std::string& header = *loaded->package;
    const bool global = header == "_global_" || header.rfind("_global_.", 0) == 0;
    node.header = global ? header : header.empty() ? "_global_" : "_global_." + header;
  }

  void check_self(const DefaultNode& node, std::vector<DefaultItem>& items) {
    bool has_self = false, has_other = false;
    for (const DefaultItem& item : items) {
      has_other = has_other || !item.override_keyword;
      if (item.kind != Kind::self) continue;
      if (has_self) {
        throw InputError(concat("duplicate _self_ defined in ", node.config_path()), place_of(node), "remove one");
      }
      has_self = true;
    }
    if ((!has_self && has_other) || items.empty()) {
      DefaultItem self;
      self.kind = Kind::self;
      self.path = "_self_";
      items.push_back(std::move(self));
    }
  }

  // Registers the `override` items of a config: the first of a key wins.
  void register_overrides(DefaultNode& node, const LoadedConfig& loaded, std::vector<DefaultItem>& items,
                          bool interpolated) {
    const DefaultItem* last = nullptr;
    for (DefaultItem& item : items) {
      if (item.kind == Kind::self) continue;
      DefaultNode probe;
      probe.item = item;
      place(probe, node.group_path(), node.final_package());
      item.package = probe.item.package;
      if (last != nullptr && !item.override_keyword && !item.external) {
        throw InputError(concat("in ", node.config_path(), ": an override stands before '", item.path, "'"),
                         {loaded.file, item.line, 0, ""}, "overrides must be at the end of the defaults list");
      }
      if (!item.override_keyword) continue;
      last = &item;
      if (interpolated) {
        throw InputError(concat(node.config_path(), ": no `override` below a config that an interpolation chose"),
                         {loaded.file, item.line, 0, ""}, "move it to an outer defaults list");
      }
      choices_.add_override(probe, node.config_path(), loaded.file);
    }
  }

  void expand(DefaultNode& node, bool interpolated) {
    if (++depth_ > 100) throw InputError("defaults lists include each other without end", place_of(node), "");
    expand_inner(node, interpolated);
    --depth_;
  }

  void expand_inner(DefaultNode& node, bool interpolated) {
    if (node.primary && !repository_.has_config(node.config_path())) fail_not_found(node);
    load_header(node);
    if (choices_.deletes(node)) {
      node.deleted = true;
      return;
    }
    choices_.record(node);
    if (!node.name()) return;
    const std::string path = node.config_path();
    if (path.size() >= 3 && path.compare(path.size() - 3, 3, "???") == 0) {
      if (sweeping_) return;
      if (node.item.kind == Kind::group) fail_missing(node);
      throw InputError(concat("a config default cannot be missing: ", path), place_of(node), "name a config");
    }
    const LoadedConfig* loaded = repository_.load(path);
    if (loaded == nullptr) {
      if (!node.item.optional) fail_not_found(node);
      node.deleted = true;
      return;
    }
    std::vector<DefaultItem> items = loaded->defaults;
    const bool self_checked = !items.empty() || (node.primary && !choices_.appended.empty());
    if (self_checked) check_self(node, items);
    if (node.primary) items.insert(items.end(), choices_.appended.begin(), choices_.appended.end());
    register_overrides(node, *loaded, items, interpolated);
    expand_children(node, items, interpolated);
  }

  std::unique_ptr<DefaultNode> child_of(DefaultNode& node, const DefaultItem& item) {
    auto child = std::make_unique<DefaultNode>();
    child->item = item;
    child->parent = &node;
    return child;
  }

  // Children are visited from the last to the first.
  void expand_children(DefaultNode& node, const std::vector<DefaultItem>& items, bool interpolated) {
    std::vector<std::unique_ptr<DefaultNode>> reversed;
    const std::string folder = node.group_path(), package = node.final_package();
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      if (item->override_keyword) continue;
      auto child = child_of(node, *item);
      if (item->kind == Kind::self) {
        reversed.push_back(std::move(child));
        continue;
      }
      place(*child, folder, package);
      choices_.apply(*child);
      if (child->item.kind == Kind::group && child->item.is_list) {
        expand_options(node, *child, interpolated, reversed);
      } else {
        if (!is_interpolation(*child)) expand(*child, interpolated);
        reversed.push_back(std::move(child));
      }
    }
    const Known known = choices_.known;  // siblings that an interpolation chooses are not seen by each other
    for (auto& child : reversed) {
      if (child->item.kind == Kind::self || !is_interpolation(*child)) continue;
      interpolate(*child, known);
      place(*child, folder, package);
      expand(*child, true);
    }
    node.children.assign(std::make_move_iterator(reversed.rbegin()), std::make_move_iterator(reversed.rend()));
  }

  void expand_options(DefaultNode& node, const DefaultNode& group, bool interpolated,
                      std::vector<std::unique_ptr<DefaultNode>>& out) {
    if (group.item.not_names) refuse_options(group.item.chosen_by);
    for (auto option = group.item.values.rbegin(); option != group.item.values.rend(); ++option) {
      if (option->find("${") != std::string::npos) {
        throw InputError(concat("in '", node.config_path(), "': no interpolation in a list of options"),
                         place_of(group), "write the options out");
      }
      DefaultItem item = group.item;
      item.kind = Kind::config;
      item.path = group.item.path + "/" + *option;
      item.values.clear();
      item.is_list = false;
      auto child = child_of(node, item);
      place(*child, group.base_folder, group.parent_package);
      expand(*child, interpolated);
      out.push_back(std::move(child));
    }
  }

  void interpolate(DefaultNode& node, const Known& chosen) {
    const std::string text = node.item.kind == Kind::config ? node.config_path() : node.item.values[0];
    NodePtr known = Node::dict();
    for (const auto& [key, value] : chosen) {
      known->set(key, Node::scalar(value ? Scalar::of_text(*value) : Scalar::of_null()));
    }
    known->set("defaults", Node::list());
    const Node* probe = known->set("_dummy_", Node::scalar(Scalar::of_text(text)));
    try {
      Resolver resolver{ResolverContext{}};
      const Resolved result = resolver.resolve(*probe);
      if (!result->is_scalar() || !result->value().is_text()) throw InterpolationError("the result is no name");
      (node.item.kind == Kind::config ? node.item.path : node.item.values[0]) = result->value().text;
    } catch (const std::runtime_error& error) {
      std::vector<std::string> keys;
      for (const auto& [key, value] : chosen) keys.push_back(key);
      throw InputError(concat("error resolving interpolation '", text, "' (", error.what(), ")"), place_of(node),
                       concat("possible interpolation keys: ", list_of(keys)));
    }
  }

  Repository& repository_;
  DefaultsChoices& choices_;
  bool sweeping_;
  int depth_ = 0;
};

void collect(const DefaultNode& node, std::vector<ResultDefault>& out) {
  if (!node.children.empty()) {
    for (const auto& child : node.children) collect(*child, out);
    return;
  }
  if (node.deleted || node.is_missing() || !node.name()) return;
  const bool self = node.item.kind == Kind::self;
  const DefaultNode& file = self ? *node.parent : node;
  if (file.config_path() == "_dummy_empty_config_") return;
  ResultDefault result;
  result.config_path = file.config_path();
  result.package = file.final_package();
  result.is_self = self;
  result.primary = file.primary;
  if (file.parent != nullptr && !file.parent->item.path.empty()) result.parent = file.parent->config_path();
  if (node.item.kind == Kind::group) result.override_key = node.override_key();
  out.push_back(std::move(result));
}

}  // namespace

std::string DefaultNode::group_path() const {
  const bool absolute = !item.path.empty() && item.path[0] == '/';
  const std::string path = absolute ? item.path.substr(1) : item.path;
  const std::string group = item.kind == Kind::config ? folder_of(path) : path;
  return absolute ? group : joined(base_folder, group);
}

std::string DefaultNode::config_path() const {
  if (item.kind != Kind::config) return group_path() + "/" + name().value_or("None");
  return item.path[0] == '/' ? item.path.substr(1) : joined(base_folder, item.path);
}

std::optional<std::string> DefaultNode::name() const {
  if (item.kind == Kind::config) return item.path.substr(item.path.rfind('/') + 1);
  if (item.kind == Kind::self) return "_self_";
  return item.is_null || item.values.empty() ? std::nullopt : std::optional<std::string>(item.values[0]);
}

bool DefaultNode::is_missing() const { return item.kind != Kind::self && name() == "???"; }

std::string DefaultNode::final_package(bool use_header) const {
  std::string package;
  if (item.package) {
    package = *item.package;
  } else if (use_header && header) {
    package = *header;
  } else {
    const std::string path = !item.path.empty() && item.path[0] == '/' ? item.path.substr(1) : item.path;
    package = dotted(item.kind == Kind::config ? folder_of(path) : path);
  }
  std::string whole = parent_package.empty() ? package
                      : package.empty()      ? parent_package
                                             : parent_package + "." + package;
  const std::size_t global = whole.rfind("_global_");
  if (global == std::string::npos) return whole;
  return whole.size() > global + 9 ? whole.substr(global + 9) : "";
}

std::string DefaultNode::override_key() const {
  std::string group = group_path();
  const std::string package = final_package(false);
  if (package == dotted(group)) return group;
  return group + "@" + (package.empty() ? "_global_" : package);
}

DefaultsList build_defaults(Repository& repository, const std::string& primary, const std::vector<Override>& overrides,
                            bool sweeping) {
  DefaultsChoices choices(repository, overrides);
  DefaultsList list;
  list.tree = std::make_unique<DefaultNode>();
  for (const std::string& path : {std::string("hydra/config"), primary.empty() ? "_dummy_empty_config_" : primary}) {
    auto child = std::make_unique<DefaultNode>();
    child->item.path = path;
    child->primary = path != "hydra/config";
    child->parent = list.tree.get();
    list.tree->children.push_back(std::move(child));
  }
  Builder(repository, choices, sweeping).expand_root(*list.tree);
  for (const auto& child : list.tree->children) collect(*child, list.items);
  std::set<std::string> keys;
  for (const ResultDefault& item : list.items) {
    if (!item.is_self && item.override_key && !keys.insert(*item.override_key).second) {
      throw InputError(concat(*item.override_key, " appears more than once in the final defaults list"), {},
                       "remove one, or give it another package with @");
    }
  }
  choices.require_all_used();
  list.value_overrides = std::move(choices.values);
  list.choices = std::move(choices.known);
  return list;
}

}  // namespace polyclinic
