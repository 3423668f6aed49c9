#pragma once
// The tree of a configuration: mappings in insertion order, lists, scalars. Each node knows where it was written.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/scalar.h"
#include "core/error.h"

namespace polyclinic {

// "configs/model/tiny.yaml:7" or "override model.lora.rank=8"; empty when nobody wrote it.
struct Origin {
  std::shared_ptr<const std::string> source;  // file, or the override's text
  int line = 0;                               // 0: source is an override
  std::string text() const;
  Where where(const std::string& key) const;
};

class Node;
using NodePtr = std::unique_ptr<Node>;

class Node {
 public:
  enum class Kind { scalar, dict, list };

  static NodePtr scalar(Scalar value, Origin origin = {});
  static NodePtr dict(Origin origin = {});
  static NodePtr list(Origin origin = {});

  Kind kind() const { return kind_; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_dict() const { return kind_ == Kind::dict; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_container() const { return kind_ != Kind::scalar; }
  bool is_null() const { return is_scalar() && value_.is_null(); }
  bool is_missing() const { return is_scalar() && value_.is_missing(); }
  bool is_interpolation() const { return is_scalar() && value_.is_interpolation(); }

  const Scalar& value() const { return value_; }
  const Origin& origin() const { return origin_; }
  void set_origin(Origin origin) { origin_ = std::move(origin); }
  const Node* parent() const { return parent_; }
  Node* parent() { return parent_; }
  void set_parent(Node* parent) { parent_ = parent; }
  const Node* root() const;

  // A closed mapping takes no new keys (the typed `hydra` node).
  bool closed() const { return closed_; }
  void set_closed(bool closed) { closed_ = closed; }

  std::size_t size() const { return is_dict() ? entries_.size() : items_.size(); }
  // Mapping.
  struct Entry {
    Scalar key;
    NodePtr node;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  Node* find(const Scalar& key) const;
  Node* find(std::string_view key) const { return find(Scalar::of_text(std::string(key))); }
  Node* set(const Scalar& key, NodePtr node);  // keeps the place of a key that is there
  Node* set(std::string_view key, NodePtr node) { return set(Scalar::of_text(std::string(key)), std::move(node)); }
  bool erase(const Scalar& key);
  // List.
  const std::vector<NodePtr>& items() const { return items_; }
  Node* append(NodePtr node);
  Node* set_item(std::size_t index, NodePtr node);

  NodePtr clone() const;  // without a parent
  std::string full_key() const;
  std::string key_in_parent() const;

 private:
  explicit Node(Kind kind) : kind_(kind) {}
  Kind kind_;
  bool closed_ = false;
  Scalar value_;
  std::vector<Entry> entries_;
  std::vector<NodePtr> items_;
  Node* parent_ = nullptr;
  Origin origin_;
};

// Python's repr of the content, interpolations as they are written: {'a': [1, '${b}']}.
std::string python_repr(const Node& node);
// Python's str of the same: a text without quotes.
std::string python_str(const Node& node);

// Same content (Python's ==), without regard to origins and, in mappings, to order.
bool same_content(const Node& a, const Node& b);

// "a.b[0].c" to {"a", "b", "0", "c"}.
std::vector<std::string> split_key(std::string_view key);

}  // namespace polyclinic
