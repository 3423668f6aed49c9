#include "config/apply_override.h"

#include <algorithm>
#include <memory>

#include "config/interpolation.h"
#include "config/merge.h"
#include "config/nearest.h"
#include "config/schema.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

// Every `${` of a value must be well formed.
void check_texts(const Node& node, const Override& override) {
  if (node.is_interpolation()) {
    try {
      parse_interpolation(node.value().text);
    } catch (const InterpolationSyntaxError& error) {
      throw InputError(concat("override `", override.line, "`: ", error.what()), {}, "write \\${ for a literal ${");
    }
  }
  for (const Node::Entry& entry : node.entries()) check_texts(*entry.node, override);
  for (const NodePtr& item : node.items()) check_texts(*item, override);
}

Resolved select(const Node& root, const Override& override) {
  try {
    Resolver resolver{ResolverContext{}};
    return resolver.select(root, override.key, false);
  } catch (const std::runtime_error& error) {
    throw InputError(concat("override `", override.line, "`: ", error.what()), {}, "");
  }
}

void remove_key(Node& root, const Override& override, const Node* value) {
  const Resolved found = select(root, override);
  if (found.node == nullptr || found->is_null() || found->is_missing()) {
    throw InputError(concat("could not delete '", override.key, "': it does not exist"), {}, "");
  }
  if (value != nullptr && !value->is_null() && !same_content(*value, *found)) {
    throw InputError(concat("could not delete '", override.key, "': its value is ", python_str(*found), " and not ",
                            python_str(*value)),
                     {}, concat("write ~", override.key));
  }
  const std::size_t dot = override.key.rfind('.');
  Node* container = &root;
  if (dot != std::string::npos) {
    Resolver resolver{ResolverContext{}};
    container = const_cast<Node*>(resolver.select(root, override.key.substr(0, dot), false).node);
  }
  const std::string last = dot == std::string::npos ? override.key : override.key.substr(dot + 1);
  if (container != nullptr && container->closed()) {
    throw InputError(concat("could not delete '", override.key, "': Hydra needs it"), {}, "set it to another value");
  }
  if (container == nullptr || !container->is_dict() || !container->erase(Scalar::of_text(last))) {
    throw InputError(concat("could not delete '", override.key, "': it is no key of a mapping"), {},
                     "set the whole list instead");
  }
}

void add_key(Node& root, const Override& override, NodePtr value) {
  const Resolved found = select(root, override);
  const bool free = found.node == nullptr || found->is_null() || found->is_missing();
  if (!free && !value->is_container()) {
    throw InputError(concat("could not append to config: an item is already at '", override.key, "'"), {},
                     concat("remove the + (`", override.line.substr(1), "`), or write ++ to add or override"));
  }
  update_key(root, override.key, std::move(value), true, true);
}

// Keys of the deepest mapping on the way, for "did you mean".
std::string nearest_key(const Node& root, const std::string& key) {
  const Node* at = &root;
  std::string above;
  for (const std::string& part : split_key(key)) {
    if (!at->is_dict()) return "";
    const Node* next = at->find(part);
    if (next == nullptr) {
      std::vector<std::string> names;
      for (const Node::Entry& entry : at->entries()) names.push_back(python_str(entry.key));
      const std::string name = nearest_name(part, names);
      return name.empty() ? "" : above + name;
    }
    above += part + ".";
    at = next;
  }
  return "";
}

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

// A study's keys are known, so advice to add one is good for those alone.
std::string study_advice(const Override& override) {
  std::vector<std::string> names, alike;
  const std::string last = last_part(override.key);
  for (const OptionHelp& option : study_options()) {
    names.push_back(option.key);
    const bool same = last_part(option.key) == last || option.key.starts_with(last + ".") ||
                      option.key.starts_with(override.key + "_");
    if (same && alike.size() < 3) alike.push_back(option.key);
  }
  if (std::find(names.begin(), names.end(), override.key) != names.end()) {
    return concat("it has no value yet: write +", override.line);
  }
  const std::string near = nearest_name(override.key, names);
  if (!near.empty()) return concat("did you mean ", near, "?");
  std::string list;
  for (const std::string& name : alike) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "polyclinic config --options lists the keys" : concat("did you mean one of ", list, "?");
}

}  // namespace

void apply_override(Node& root, const Override& override, bool study) {
  if (override.package) {
    throw InputError(concat("`", override.line, "` looks like the choice of a config group, but there is no group '",
                            override.key, "'"),
                     {}, "see --info defaults-tree");
  }
  const Origin origin{std::make_shared<const std::string>(override.line), 0};
  NodePtr value = override.value ? to_node(*override.value, origin) : nullptr;
  if (value) check_texts(*value, override);
  const std::string near = nearest_key(root, override.key);
  try {
    switch (override.type) {
      case Override::Type::remove:
        remove_key(root, override, value.get());
        break;
      case Override::Type::add:
        add_key(root, override, std::move(value));
        break;
      case Override::Type::force_add:
        update_key(root, override.key, std::move(value), true, true);
        break;
      case Override::Type::change:
        update_key(root, override.key, std::move(value), true, false);
        break;
    }
  } catch (const MergeError& error) {
    std::string mend = near.empty() ? "to" : concat("did you mean ", near, "? To");
    mend += concat(near.empty() ? " append to the config use +" : " add a key write +", override.line);
    if (study) mend = near.empty() ? study_advice(override) : concat("did you mean ", near, "?");
    throw InputError(concat("could not override '", override.key, "': ", error.what()), origin.where(""), mend);
  }
}

}  // namespace polyclinic
