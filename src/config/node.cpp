#include "config/node.h"

#include <algorithm>

namespace polyclinic {

std::string Origin::text() const {
  if (!source) return "";
  return line > 0 ? *source + ":" + std::to_string(line) : "override " + *source;
}

Where Origin::where(const std::string& key) const {
  Where where;
  where.key = key;
  if (source && line > 0) {
    where.file = *source;
    where.line = line;
  } else if (source) {
    where.file = "override " + *source;
  }
  return where;
}

NodePtr Node::scalar(Scalar value, Origin origin) {
  NodePtr node(new Node(Kind::scalar));
  node->value_ = std::move(value);
  node->origin_ = std::move(origin);
  return node;
}

NodePtr Node::dict(Origin origin) {
  NodePtr node(new Node(Kind::dict));
  node->origin_ = std::move(origin);
  return node;
}

NodePtr Node::list(Origin origin) {
  NodePtr node(new Node(Kind::list));
  node->origin_ = std::move(origin);
  return node;
}

const Node* Node::root() const {
  const Node* node = this;
  while (node->parent_ != nullptr) node = node->parent_;
  return node;
}

Node* Node::find(const Scalar& key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return entry.node.get();
  }
  return nullptr;
}

Node* Node::set(const Scalar& key, NodePtr node) {
  node->parent_ = this;
  for (Entry& entry : entries_) {
    if (entry.key == key) {
      entry.node = std::move(node);
      return entry.node.get();
    }
  }
  entries_.push_back({key, std::move(node)});
  return entries_.back().node.get();
}

bool Node::erase(const Scalar& key) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (at == entries_.end()) return false;
  entries_.erase(at);
  return true;
}

Node* Node::append(NodePtr node) {
  node->parent_ = this;
  items_.push_back(std::move(node));
  return items_.back().get();
}

Node* Node::set_item(std::size_t index, NodePtr node) {
  node->parent_ = this;
  items_[index] = std::move(node);
  return items_[index].get();
}

NodePtr Node::clone() const {
  NodePtr copy(new Node(kind_));
  copy->closed_ = closed_;
  copy->value_ = value_;
  copy->origin_ = origin_;
  copy->entries_.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    copy->entries_.push_back({entry.key, entry.node->clone()});
    copy->entries_.back().node->parent_ = copy.get();
  }
  for (const NodePtr& item : items_) copy->append(item->clone());
  return copy;
}

std::string Node::key_in_parent() const {
  if (parent_ == nullptr) return "";
  for (const Entry& entry : parent_->entries_) {
    if (entry.node.get() == this) return python_str(entry.key);
  }
  for (std::size_t i = 0; i < parent_->items_.size(); ++i) {
    if (parent_->items_[i].get() == this) return std::to_string(i);
  }
  return "";
}

std::string Node::full_key() const {
  if (parent_ == nullptr) return "";
  const std::string above = parent_->full_key();
  const std::string key = key_in_parent();
  if (parent_->is_list()) return above + "[" + key + "]";
  return above.empty() ? key : above + "." + key;
}

std::string python_repr(const Node& node) {
  if (node.is_scalar()) return python_repr(node.value());
  std::string out = node.is_dict() ? "{" : "[";
  const char* separator = "";
  for (const Node::Entry& entry : node.entries()) {
    out += separator + python_repr(entry.key) + ": " + python_repr(*entry.node);
    separator = ", ";
  }
  for (const NodePtr& item : node.items()) {
    out += separator + python_repr(*item);
    separator = ", ";
  }
  return out + (node.is_dict() ? "}" : "]");
}

std::string python_str(const Node& node) { return node.is_scalar() ? python_str(node.value()) : python_repr(node); }

bool same_content(const Node& a, const Node& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_scalar()) return a.value() == b.value();
  if (a.size() != b.size()) return false;
  for (const Node::Entry& entry : a.entries()) {
    const Node* other = b.find(entry.key);
    if (other == nullptr || !same_content(*entry.node, *other)) return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!same_content(*a.items()[i], *b.items()[i])) return false;
  }
  return true;
}

std::vector<std::string> split_key(std::string_view key) {
  std::size_t head = 0;
  while (head < key.size() && key[head] == '.') ++head;
  while (head < key.size() && key[head] != '.' && key[head] != '[') ++head;
  std::vector<std::string> parts(1);
  for (char c : key.substr(0, head)) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (head == key.size()) return parts;
  if (key[head] == '[' && parts.back().empty()) parts.pop_back();
  std::size_t i = head;
  while (i < key.size()) {
    if (key[i] == '.') {
      std::size_t end = i + 1;
      while (end < key.size() && key[end] != '.' && key[end] != '[') ++end;
      parts.emplace_back(key.substr(i + 1, end - i - 1));
      i = end;
    } else if (key[i] == '[' && key.find(']', i) != std::string_view::npos) {
      const std::size_t end = key.find(']', i);
      parts.emplace_back(key.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      ++i;
    }
  }
  return parts;
}

}  // namespace polyclinic
