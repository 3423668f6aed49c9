#include <cmath>
#include <type_traits>

#include "config/schema.h"
#include "config/yaml_write.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

NodePtr node_of(bool value) { return Node::scalar(Scalar::of(value)); }
NodePtr node_of(std::int64_t value) { return Node::scalar(Scalar::of_integer(value)); }
NodePtr node_of(double value) { return Node::scalar(Scalar::of_real(value)); }
NodePtr node_of(const std::string& value) { return Node::scalar(Scalar::of_text(value)); }
template <class T>
NodePtr node_of(const std::vector<T>& values) {
  NodePtr list = Node::list();
  for (const T& value : values) list->append(node_of(value));
  return list;
}
NodePtr node_of(const Named<std::string>& values) {
  NodePtr dict = Node::dict();
  for (const auto& [name, value] : values) dict->set(name, node_of(value));
  return dict;
}
template <class T>
NodePtr node_of(const std::optional<T>& value) {
  return value ? node_of(*value) : Node::scalar(Scalar::of_null());
}

// Turns structs into a tree.
class Printer {
 public:
  template <class T>
  void field(const char* key, T& member, const char*, const Limits&) {
    out_->set(key, node_of(member));
  }
  template <class T>
  void group(const char* key, T& member, const char*) {
    Printer inner;
    describe(inner, member);
    out_->set(key, inner.take());
  }
  template <class T>
  void group(const char* key, std::optional<T>& member, const char* help) {
    if (member) group(key, *member, help);
  }
  template <class T>
  void map(const char* key, Named<T>& member, const char*) {
    if (member.empty()) return;
    Printer inner;
    inner.rest(member, "");
    out_->set(key, inner.take());
  }
  template <class T>
  void rest(Named<T>& member, const char*) {
    for (auto& [name, value] : member) group(name.c_str(), value, "");
  }
  NodePtr take() { return std::move(out_); }

 private:
  NodePtr out_ = Node::dict();
};

template <class T>
struct TypeName;
template <>
struct TypeName<bool> {
  static constexpr const char* text = "bool";
};
template <>
struct TypeName<std::int64_t> {
  static constexpr const char* text = "int";
};
template <>
struct TypeName<double> {
  static constexpr const char* text = "float";
};
template <>
struct TypeName<std::string> {
  static constexpr const char* text = "text";
};
template <class T>
std::string type_name(const T&) {
  return TypeName<T>::text;
}
template <class T>
std::string type_name(const std::vector<T>&) {
  return std::string("list of ") + TypeName<T>::text;
}
std::string type_name(const Named<std::string>&) { return "mapping"; }
template <class T>
std::string type_name(const std::optional<T>&) {
  return std::string(TypeName<T>::text) + " or null";
}

std::string limits_text(const Limits& limits) {
  std::string out;
  for (const std::string& choice : limits.choices) out += (out.empty() ? "" : " | ") + choice;
  if (std::isfinite(limits.low)) out += concat(limits.open_low ? "> " : ">= ", limits.low);
  if (std::isfinite(limits.high)) {
    out += concat(out.empty() ? "" : ", ", limits.open_high ? "< " : "<= ", limits.high);
  }
  return out;
}

// Lists options with their defaults.
class Documenter {
 public:
  Documenter(std::string path, std::vector<OptionHelp>& out) : path_(std::move(path)), out_(out) {}

  template <class T>
  void field(const char* key, T& member, const char* help, const Limits& limits) {
    std::string initial = write_yaml(*node_of(member));
    while (!initial.empty() && initial.back() == '\n') initial.pop_back();
    if constexpr (!std::is_arithmetic_v<T> && !std::is_same_v<T, std::string>) initial = one_line(member);
    out_.push_back({path_ + key, type_name(member), initial, limits_text(limits), help});
  }
  template <class T>
  void group(const char* key, T& member, const char* help) {
    out_.push_back({path_ + key, "", "", "", help});
    Documenter inner(path_ + key + ".", out_);
    describe(inner, member);
  }
  template <class T>
  void group(const char* key, std::optional<T>&, const char* help) {
    T fresh{};
    group(key, fresh, help);
  }
  template <class T>
  void map(const char* key, Named<T>&, const char* help) {
    T fresh{};
    out_.push_back({path_ + key + ".<name>", "", "", "", help});
    if constexpr (!std::is_same_v<T, TaskHolder>) group("<name>", fresh, help);
  }
  template <class T>
  void rest(Named<T>&, const char* help) {
    T fresh{};
    group("<name>", fresh, help);
  }

 private:
  template <class T>
  static std::string one_line(const T& member) {
    const NodePtr node = node_of(member);
    if (node->is_null()) return "null";
    if (node->is_scalar()) return python_str(*node);
    std::string out = node->is_list() ? "[" : "{";
    for (const NodePtr& item : node->items()) out += (out.size() > 1 ? ", " : "") + python_str(*item);
    return out + (node->is_list() ? "]" : "}");
  }

  std::string path_;
  std::vector<OptionHelp>& out_;
};

}  // namespace

std::vector<OptionHelp> study_options() {
  std::vector<OptionHelp> out;
  StudyTree tree;
  Documenter documenter("", out);
  describe(documenter, tree);
  return out;
}

std::string study_options_text() {
  std::string out;
  for (const OptionHelp& option : study_options()) {
    if (option.type.empty()) {
      out += concat("\n", option.key, ": ", option.help, "\n");
      continue;
    }
    out += concat("  ", option.key, " = ", option.initial, "  (", option.type);
    if (!option.limits.empty()) out += concat(", ", option.limits);
    out += concat(")  ", option.help, "\n");
  }
  return out;
}

std::string canonical_yaml(const StudyConfig& study) {
  StudyTree tree;
  tree.config = study;
  for (const TaskEntry& entry : study.tasks) tree.tasks.emplace_back(entry.key, TaskHolder{entry.task});
  Printer printer;
  describe(printer, tree);
  return write_yaml(*printer.take());
}

}  // namespace polyclinic
