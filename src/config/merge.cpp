#include "config/merge.h"

#include <algorithm>

#include "config/interpolation.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

[[noreturn]] void refuse_kinds(const Node& dest, const Node& src) {
  throw MergeError(concat("Cannot merge ", dest.is_dict() ? "DictConfig" : "ListConfig", " with ",
                          src.is_dict() ? "DictConfig" : "ListConfig"),
                   dest.full_key(), src.origin());
}

void require_open(const Node& dest, const Scalar& key, const Origin& origin, bool strict) {
  if (!strict && !dest.closed()) return;
  const std::string above = dest.full_key();
  const std::string name = python_str(key);
  throw MergeError(concat("Key '", name, "' is not in ", dest.closed() ? "the hydra schema" : "struct"),
                   above.empty() ? name : above + "." + name, origin);
}

// True when `${a.b}` or a text around interpolations plainly stands for no mapping or list: the frequent case, told
// without an exception (a program without shared libraries pays dearly for its first one).
bool plainly_no_container(const Node& node, int depth = 0) {
  if (depth > 10) return false;
  const Expression whole = parse_interpolation(node.value().text);
  if (whole.parts.size() != 1) return true;
  const Expression& only = whole.parts[0];
  if (only.kind != Expression::Kind::node) return false;
  std::string name;
  for (const Expression& part : only.parts) {
    if (part.kind != Expression::Kind::literal) return false;
    name += part.value.text;
  }
  if (name.empty() || name[0] == '.') return false;
  const Node* at = node.root();
  for (const std::string& key : split_key(name)) {
    if (!at->is_dict()) return false;
    at = at->find(key);
    if (at == nullptr || at->is_missing()) return true;
  }
  return at->is_interpolation() ? plainly_no_container(*at, depth + 1) : at->is_scalar();
}

// What an interpolation stands for now, when that is a mapping or a list.
NodePtr dereferenced_container(const Node& node) {
  if (plainly_no_container(node)) return nullptr;
  try {
    Resolver resolver{ResolverContext{}};
    const Resolved target = resolver.resolve(node);
    return target->is_container() ? target->clone() : nullptr;
  } catch (const InterpolationError&) {
    return nullptr;
  }
}

void merge_dict(Node& dest, const Node& src, bool strict);

void merge_entry(Node& dest, const Scalar& key, const Node& src, bool strict) {
  Node* there = dest.find(key);
  if (there == nullptr) {
    require_open(dest, key, src.origin(), strict);
    dest.set(key, src.clone());
    return;
  }
  // A value that replaces it anyway needs no look at what it stands for.
  const bool replaced = src.is_scalar() && !src.is_missing();
  if (!replaced && there->is_interpolation()) {
    if (NodePtr target = dereferenced_container(*there)) there = dest.set(key, std::move(target));
  }
  if (there->is_container() && src.is_container()) {
    merge_into(*there, src, strict);
  } else if (!src.is_missing()) {
    dest.set(key, src.clone());
  }
}

void merge_dict(Node& dest, const Node& src, bool strict) {
  for (const Node::Entry& entry : src.entries()) merge_entry(dest, entry.key, *entry.node, strict);
}

void replace_list(Node& dest, const Node& src) {
  NodePtr copy = src.clone();
  Node* parent = dest.parent();
  if (parent == nullptr) throw MergeError("Cannot merge a list into the root", "", src.origin());
  if (parent->is_list()) {
    for (std::size_t i = 0; i < parent->items().size(); ++i) {
      if (parent->items()[i].get() == &dest) {
        parent->set_item(i, std::move(copy));
        return;
      }
    }
  }
  for (const Node::Entry& entry : parent->entries()) {
    if (entry.node.get() == &dest) {
      parent->set(entry.key, std::move(copy));
      return;
    }
  }
}

std::size_t list_index(const Node& list, const std::string& key, const Origin& origin) {
  Scalar index;
  if (!python_int(key, &index)) throw MergeError(concat("Index '", key, "' is not an int"), list.full_key(), origin);
  std::int64_t at = index.integer;
  const auto size = static_cast<std::int64_t>(list.items().size());
  if (at < 0) at += size;
  if (!index.text.empty() || at < 0 || at >= size) {
    throw MergeError("list index out of range", concat(list.full_key(), "[", key, "]"), origin);
  }
  return static_cast<std::size_t>(at);
}

Node* child_of(const Node& container, const std::string& key, const Origin& origin) {
  if (container.is_dict()) return container.find(key);
  return container.items()[list_index(container, key, origin)].get();
}

Node* set_child(Node& container, const std::string& key, NodePtr value, bool force) {
  const Origin origin = value->origin();
  if (container.is_list()) return container.set_item(list_index(container, key, origin), std::move(value));
  if (!force && container.find(key) == nullptr) require_open(container, Scalar::of_text(key), origin, true);
  return container.set(key, std::move(value));
}

}  // namespace

void merge_into(Node& dest, const Node& src, bool strict) {
  if (dest.kind() != src.kind()) refuse_kinds(dest, src);
  if (dest.is_dict()) {
    merge_dict(dest, src, strict);
  } else {
    replace_list(dest, src);
  }
}

void update_key(Node& root, const std::string& key, NodePtr value, bool merge, bool force) {
  const std::vector<std::string> parts = split_key(key);
  const Origin origin = value->origin();
  Node* at = &root;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    Node* next = child_of(*at, parts[i], origin);
    if (next == nullptr || !next->is_container()) next = set_child(*at, parts[i], Node::dict(origin), force);
    at = next;
  }
  const std::string& last = parts.back();
  if (merge && value->is_container()) {
    Node* there = child_of(*at, last, origin);
    if (there != nullptr && there->is_container()) {
      merge_into(*there, *value, !force);
      return;
    }
  }
  set_child(*at, last, std::move(value), force);
}

}  // namespace polyclinic
