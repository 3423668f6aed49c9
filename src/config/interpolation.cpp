#include "config/interpolation.h"

#include <algorithm>

namespace polyclinic {
namespace {

class NotAContainer : public InterpolationError {
  using InterpolationError::InterpolationError;
};

Resolved made(NodePtr node, const Node& at) {
  node->set_parent(const_cast<Node*>(at.parent() != nullptr ? at.parent() : at.root()));
  Resolved r;
  r.owned = std::shared_ptr<Node>(std::move(node));
  r.node = r.owned.get();
  return r;
}

// Removes the last entry of a stack when the scope ends, also by an exception.
class Visit {
 public:
  Visit(std::vector<const Node*>& stack, const Node& node) : stack_(stack) {
    if (std::find(stack.begin(), stack.end(), &node) != stack.end()) {
      throw InterpolationError("Recursive interpolation detected");
    }
    if (stack.size() > 200) throw InterpolationError("interpolations refer to each other more than 200 deep");
    stack.push_back(&node);
  }
  ~Visit() { stack_.pop_back(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  std::vector<const Node*>& stack_;
};

// The node at the same place of a copy of its tree.
Node* twin_of(const Node& node, Node& copy_of_root) {
  const Node* parent = node.parent();
  if (parent == nullptr) return &copy_of_root;
  const Node* parents_twin = twin_of(*parent, copy_of_root);
  for (std::size_t i = 0; i < parent->size(); ++i) {
    if (parent->is_dict() && parent->entries()[i].node.get() == &node) return parents_twin->entries()[i].node.get();
    if (parent->is_list() && parent->items()[i].get() == &node) return parents_twin->items()[i].get();
  }
  throw std::logic_error("a node that its parent does not hold");
}

}  // namespace

Resolved Resolver::resolve(const Node& node) {
  if (!node.is_interpolation()) return {&node, nullptr};
  Visit visit(active_, node);
  return evaluate(parse_interpolation(node.value().text), node);
}

Resolved Resolver::evaluate(const Expression& e, const Node& at) {
  switch (e.kind) {
    case Expression::Kind::text:
      return evaluate_text(e, at);
    case Expression::Kind::literal:
      return made(Node::scalar(e.value, at.origin()), at);
    case Expression::Kind::node:
      return evaluate_node(e, at);
    case Expression::Kind::resolver:
      return evaluate_resolver(e, at);
    case Expression::Kind::list:
    case Expression::Kind::dict:
      break;
  }
  NodePtr out = e.kind == Expression::Kind::list ? Node::list(at.origin()) : Node::dict(at.origin());
  if (e.kind == Expression::Kind::list) {
    for (const Expression& part : e.parts) out->append(evaluate(part, at)->clone());
  } else {
    for (std::size_t i = 0; i + 1 < e.parts.size(); i += 2) {
      const Resolved key = evaluate(e.parts[i], at);
      if (!key->is_scalar() || key->is_null()) throw InterpolationError("a key must not be null");
      out->set(key->value(), evaluate(e.parts[i + 1], at)->clone());
    }
  }
  return made(std::move(out), at);
}

Resolved Resolver::evaluate_text(const Expression& e, const Node& at) {
  if (e.parts.size() == 1) return evaluate(e.parts[0], at);
  std::string out;
  for (const Expression& part : e.parts) {
    if (part.kind == Expression::Kind::literal) {
      out += python_str(part.value);
    } else {
      out += python_str(*evaluate(part, at));
    }
  }
  return made(Node::scalar(Scalar::of_text(std::move(out)), at.origin()), at);
}

Resolved Resolver::evaluate_node(const Expression& e, const Node& at) {
  std::string key;
  for (const Expression& part : e.parts) {
    if (part.kind == Expression::Kind::literal) {
      key += part.value.text;
      continue;
    }
    const Resolved inner = evaluate(part, at);
    if (!inner->is_scalar() || !inner->value().is_text()) {
      throw InterpolationError("an interpolation inside a key gave " + python_str(*inner) + ", which is no string");
    }
    key += inner->value().text;
  }
  const Node* container = at.parent() != nullptr ? at.parent() : &at;
  const Node* root = container;
  std::string rest = key;
  if (key[0] == '.') {
    rest.erase(0, 1);
    while (!rest.empty() && rest[0] == '.') {
      rest.erase(0, 1);
      root = root->parent();
      if (root == nullptr) {
        throw InterpolationError("ConfigKeyError while resolving interpolation: Error resolving key '" + key + "'");
      }
    }
  } else {
    root = container->root();
  }
  Resolved target = select_from(*root, rest, true);
  if (target.node == nullptr) throw InterpolationError("Interpolation key '" + rest + "' not found");
  for (const Node* up = container; up != nullptr; up = up->parent()) {
    if (up == target.node) throw InterpolationError("Interpolation to parent node detected");
  }
  return target;
}

Resolved Resolver::select_from(const Node& root, const std::string& key, bool throw_on_missing) {
  if (key.empty()) return {&root, nullptr};
  Resolved at{&root, nullptr};
  const std::vector<std::string> parts = split_key(key);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Node* child = nullptr;
    if (at->is_dict()) {
      child = at->find(parts[i]);
    } else {
      Scalar index;
      if (!python_int(parts[i], &index)) throw InterpolationError("Index '" + parts[i] + "' (str) is not an int");
      const bool inside =
          index.text.empty() && index.integer >= 0 && static_cast<std::size_t>(index.integer) < at->items().size();
      if (inside) child = at->items()[static_cast<std::size_t>(index.integer)].get();
    }
    if (child == nullptr) return {};
    if (child->is_missing()) {
      if (throw_on_missing) {
        throw InterpolationError("MissingMandatoryValue while resolving interpolation: Missing mandatory value: " +
                                 child->full_key());
      }
      if (i + 1 == parts.size()) return {child, nullptr};
    }
    Resolved next = resolve(*child);
    if (next.owned) kept_.push_back(next.owned);
    if (at.owned && !next.owned) next.owned = at.owned;
    at = next;
    if (i + 1 < parts.size() && !at->is_container()) {
      throw NotAContainer("ConfigTypeError raised while resolving interpolation: Error trying to access " + key +
                          ": node `" + parts[i] + "` is not a container and thus cannot contain `" + parts[i + 1] +
                          "`");
    }
  }
  return at;
}

Resolved Resolver::select(const Node& from, const std::string& key, bool throw_on_missing) {
  const Node* root = from.root();
  std::string rest = key;
  if (!key.empty() && key[0] == '.') {
    root = &from;
    rest.erase(0, 1);
    while (!rest.empty() && rest[0] == '.') {
      rest.erase(0, 1);
      root = root->parent();
      if (root == nullptr) throw InterpolationError("Error resolving key '" + key + "'");
    }
  }
  try {
    return select_from(*root, rest, throw_on_missing);
  } catch (const NotAContainer&) {
    return {};
  }
}

// As OmegaConf does it, in place and in order: a text that interpolates a whole mapping shows what is resolved by then.
NodePtr Resolver::resolve_all(const Node& node) {
  NodePtr tree = node.root()->clone();
  Node* twin = twin_of(node, *tree);
  if (twin->is_interpolation()) return resolved_value(*twin);
  resolve_in_place(*twin);
  return twin == tree.get() ? std::move(tree) : twin->clone();
}

NodePtr Resolver::resolved_value(const Node& node) {
  Resolved target;
  try {
    target = resolve(node);
  } catch (const InterpolationError& error) {
    if (std::string_view(error.what()).find("MissingMandatoryValue while") != 0) throw;
    return Node::scalar(Scalar::of_text("???"), node.origin());
  }
  if (!target->is_container()) return Node::scalar(target->value(), node.origin());
  Visit visit(under_way_, node);
  if (target->root() != node.root()) return resolve_all(*target);  // ${hydra:...}
  resolve_in_place(const_cast<Node&>(*target));                    // a part of the copy, or made for the purpose
  return target->clone();
}

void Resolver::resolve_in_place(Node& container) {
  for (std::size_t i = 0; i < container.size(); ++i) {
    Node& child = container.is_dict() ? *container.entries()[i].node : *container.items()[i];
    try {
      if (child.is_container()) {
        resolve_in_place(child);
      } else if (child.is_interpolation()) {
        NodePtr value = resolved_value(child);
        if (container.is_dict()) {
          container.set(container.entries()[i].key, std::move(value));
        } else {
          container.set_item(i, std::move(value));
        }
      }
    } catch (const InterpolationError& error) {
      throw InputError(error.what(), child.origin().where(child.full_key()), "");
    }
  }
}

}  // namespace polyclinic
