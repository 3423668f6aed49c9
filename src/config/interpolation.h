#pragma once
// OmegaConf's `${...}`: syntax tree of a text, and its evaluation in a tree. Errors carry OmegaConf's wording.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/node.h"

namespace polyclinic {

class InterpolationSyntaxError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The text is well formed and cannot be resolved (absent key, cycle, unset variable).
class InterpolationError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Expression {
  enum class Kind {
    text,      // parts side by side; a single interpolation keeps its type
    literal,   // `value`
    node,      // ${a.b}: parts are keys (literal or node/resolver) with dots and brackets between, as literals
    resolver,  // ${name:args}: `name_parts`, `parts` are the arguments
    list,      // parts
    dict       // parts: key, value, key, value
  };
  Kind kind = Kind::literal;
  Scalar value;
  std::vector<Expression> parts;
  std::vector<Expression> name_parts;
};

// A configuration value that holds `${`; the result is a text expression.
Expression parse_interpolation(const std::string& text);
// One element of the grammar, as oc.decode takes it.
Expression parse_element(const std::string& text);

// What a value resolves to: a node of the tree, or one made for the purpose.
struct Resolved {
  const Node* node = nullptr;
  std::shared_ptr<Node> owned;
  const Node& operator*() const { return *node; }
  const Node* operator->() const { return node; }
};

// What the resolvers `hydra:` and `now:` need from outside the tree.
struct ResolverContext {
  const Node* hydra = nullptr;  // the `hydra` node, null: `${hydra:...}` is refused
  std::int64_t now = 0;         // seconds since 1970, UTC; the clock of `${now:...}`
};

// Evaluates interpolations. Nodes without `${` resolve to themselves.
class Resolver {
 public:
  explicit Resolver(ResolverContext context) : context_(context) {}
  Resolved resolve(const Node& node);

  // OmegaConf.select(from, key): null when it is absent. Through a scalar: null. `key` relative when it starts with a
  // dot. throw_on_missing: `???` on the way is an error.
  Resolved select(const Node& from, const std::string& key, bool throw_on_missing);

  // OmegaConf.resolve: a copy of the tree below `node` without interpolations; those to `???` become `???`.
  NodePtr resolve_all(const Node& node);

 private:
  Resolved evaluate(const Expression& expression, const Node& at);
  Resolved evaluate_text(const Expression& expression, const Node& at);
  Resolved evaluate_node(const Expression& expression, const Node& at);
  Resolved evaluate_resolver(const Expression& expression, const Node& at);
  Resolved select_from(const Node& root, const std::string& key, bool throw_on_missing);
  NodePtr resolved_value(const Node& node);
  void resolve_in_place(Node& container);
  Resolved decode(const std::vector<Resolved>& args, const Node& at);
  Resolved entries_of(const std::string& name, const std::vector<Resolved>& args, const Node& at);
  Resolved call(const std::string& name, const std::vector<Resolved>& args, const Node& at);

  ResolverContext context_;
  std::vector<const Node*> active_;     // nodes under way, to detect cycles
  std::vector<const Node*> under_way_;  // interpolations whose containers are being resolved
  std::vector<std::shared_ptr<Node>> kept_;
};

}  // namespace polyclinic
