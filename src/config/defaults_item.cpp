// Reads the items of a `defaults` list.
#include "config/repository.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

[[noreturn]] void refuse(const std::string& what, const Node& at, const std::string& mend) {
  throw InputError(what, at.origin().where("defaults"), mend);
}

// "db@pkg" to "db" and "pkg"; what follows a colon in the package was a renaming of old Hydra and is dropped.
void split_package(const std::string& text, DefaultItem& item) {
  const std::size_t at = text.find('@');
  item.path = text.substr(0, at);
  if (at == std::string::npos) return;
  const std::string package = text.substr(at + 1);
  item.package = package.substr(0, package.find(':'));
  if (*item.package == "_here_") item.package = "";
}

void take_keywords(DefaultItem& item) {
  const std::size_t last = item.path.rfind(' ');
  if (last == std::string::npos) return;
  const std::string words = item.path.substr(0, last);
  item.path.erase(0, last + 1);
  for (std::size_t start = 0; start <= words.size();) {
    const std::size_t end = std::min(words.find(' ', start), words.size());
    const std::string word = words.substr(start, end - start);
    if (word == "optional") {
      item.optional = true;
    } else if (word == "override") {
      item.override_keyword = true;
    } else {
      break;
    }
    start = end + 1;
  }
}

void take_value(const Node& value, DefaultItem& item) {
  if (value.is_list()) {
    item.is_list = true;
    for (const NodePtr& option : value.items()) {
      if (!option->is_scalar() || !option->value().is_text()) {
        refuse("the options of a group are strings", *option, "quote the name");
      }
      item.values.push_back(option->value().text);
    }
  } else if (value.is_null()) {
    item.is_null = true;
  } else if (value.is_scalar() && value.value().is_text()) {
    item.values.push_back(value.value().text);
    if (item.values[0] == "_self_") refuse("_self_ is no option of a group", value, "write - _self_ on its own");
  } else {
    const std::string type = value.is_dict() ? "dict" : python_type(value.value());
    refuse(concat("unsupported item value in defaults: ", type), value, "give a name in quotes, a list or null");
  }
}

DefaultItem read_item(const Node& node, const std::string& config_path) {
  DefaultItem item;
  item.line = node.origin().line;
  if (node.is_dict()) {
    if (node.size() > 1) refuse(concat("in ", config_path, ": too many keys in a default item"), node, "one a line");
    if (node.size() == 0) refuse(concat("in ", config_path, ": missing group name"), node, "write group: option");
    const Node::Entry& entry = node.entries()[0];
    if (!entry.key.is_text()) refuse("a group's name is a string", node, "quote it");
    item.kind = DefaultItem::Kind::group;
    split_package(entry.key.text, item);
    take_keywords(item);
    if (item.path.empty()) refuse(concat("in ", config_path, ": missing group name"), node, "write group: option");
    take_value(*entry.node, item);
    return item;
  }
  if (!node.is_scalar() || !node.value().is_text()) {
    const std::string type = node.is_list() ? "list" : python_type(node.value());
    refuse(concat("unsupported type in defaults: ", type), node, "write a name or group: option");
  }
  split_package(node.value().text, item);
  if (item.path == "_self_") {
    item.kind = DefaultItem::Kind::self;
    if (item.package) refuse("_self_@package is not supported", node, "write _self_");
  }
  return item;
}

}  // namespace

std::vector<DefaultItem> take_defaults(Node& content, const std::string& config_path) {
  std::vector<DefaultItem> items;
  if (!content.is_dict()) return items;
  Node* defaults = content.find("defaults");
  if (defaults == nullptr) return items;
  if (!defaults->is_list() && !defaults->is_missing()) {
    const std::string type = defaults->is_dict() ? "mapping" : python_type(defaults->value());
    refuse(concat("invalid defaults list in '", config_path, "': a list is needed, not ", type), *defaults,
           "write - group: option lines");
  }
  for (const NodePtr& node : defaults->items()) items.push_back(read_item(*node, config_path));
  content.erase(Scalar::of_text("defaults"));
  return items;
}

}  // namespace polyclinic
