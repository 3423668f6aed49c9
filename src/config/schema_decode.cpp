#include <cmath>
#include <set>

#include "config/nearest.h"
#include "config/schema.h"
#include "config/yaml_write.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

std::string choices_of(const Limits& limits) {
  std::string out;
  for (const std::string& choice : limits.choices) out += (out.empty() ? "" : ", ") + choice;
  return out;
}

// Reads one mapping through the describe() of its struct.
class Decoder {
 public:
  Decoder(const Node& node, std::string path) : node_(node), path_(std::move(path)) {}

  template <class T>
  void field(const char* key, T& member, const char*, const Limits& limits) {
    names_.insert(key);
    if (const Node* value = present(key)) read(*value, key, member, limits);
  }

  template <class T>
  void field(const char* key, std::optional<T>& member, const char*, const Limits& limits) {
    names_.insert(key);
    const Node* value = present(key);
    if (value == nullptr) return;
    if (value->is_null()) {
      member.reset();
      return;
    }
    T content{};
    read(*value, key, content, limits);
    member = std::move(content);
  }

  template <class T>
  void group(const char* key, T& member, const char*) {
    names_.insert(key);
    if (const Node* value = present(key)) read_struct(*value, key, member);
  }

  template <class T>
  void group(const char* key, std::optional<T>& member, const char*) {
    names_.insert(key);
    const Node* value = present(key);
    member.reset();
    if (value == nullptr || value->is_null()) return;
    member.emplace();
    read_struct(*value, key, *member);
  }

  template <class T>
  void map(const char* key, Named<T>& member, const char*) {
    names_.insert(key);
    const Node* value = present(key);
    if (value == nullptr || value->is_null()) return;
    require_mapping(*value, key);
    for (const Node::Entry& entry : value->entries()) {
      Decoder inner(*value, path_of(key));
      member.emplace_back(python_str(entry.key), T{});
      inner.read_struct(*entry.node, member.back().first.c_str(), member.back().second);
    }
  }

  template <class T>
  void rest(Named<T>& member, const char*) {
    for (const Node::Entry& entry : node_.entries()) {
      const std::string name = python_str(entry.key);
      if (!names_.insert(name).second) continue;
      member.emplace_back(name, T{});
      read_struct(*entry.node, name.c_str(), member.back().second);
    }
  }

  void refuse_unknown() const {
    for (const Node::Entry& entry : node_.entries()) {
      const std::string name = python_str(entry.key);
      if (names_.count(name) > 0) continue;
      const std::string near = nearest_name(name, {names_.begin(), names_.end()});
      const std::string all = path_.empty() ? "" : concat("; keys of ", path_, ": ", list());
      fail(concat("unknown key `", name, "`"), *entry.node, name,
           near.empty() ? concat("remove it", all) : concat("did you mean `", near, "`?"));
    }
  }

  template <class T>
  void read_struct(const Node& value, const char* key, T& member) {
    require_mapping(value, key);
    Decoder inner(value, path_of(key));
    describe(inner, member);
    inner.refuse_unknown();
  }

 private:
  std::string path_of(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  std::string list() const {
    std::string out;
    for (const std::string& name : names_) out += (out.empty() ? "" : ", ") + name;
    return out;
  }

  [[noreturn]] void fail(const std::string& what, const Node& at, const std::string& key,
                         const std::string& mend) const {
    throw InputError(what, at.origin().where(path_of(key)), mend);
  }

  const Node* present(const char* key) const {
    const Node* value = node_.find(key);
    if (value != nullptr && value->is_missing()) {
      fail("this value must be set", *value, key, concat("give ", path_of(key), "=..."));
    }
    return value;
  }

  void require_mapping(const Node& value, const std::string& key) const {
    if (!value.is_dict()) fail(concat("a mapping is needed, not ", shown(value)), value, key, "write keys below it");
  }

  static std::string shown(const Node& value) {
    const std::string text = inline_yaml(value);
    return concat("`", text.size() > 60 ? text.substr(0, 57) + "..." : text, "`");
  }

  [[noreturn]] void fail_type(const Node& value, const std::string& key, const char* type) const {
    fail(concat(type, " is needed, not ", shown(value)), value, key,
         value.is_null() ? "null is not allowed here" : "check the value and its quotes");
  }

  void check_range(double number, const Node& value, const std::string& key, const Limits& limits) const {
    const bool low = limits.open_low ? number > limits.low : number >= limits.low;
    const bool high = limits.open_high ? number < limits.high : number <= limits.high;
    if (low && high && !std::isnan(number)) return;
    std::string mend;
    if (limits.low == limits.high)
      fail(concat(shown(value), " is out of range"), value, key, concat("give ", limits.low));
    if (std::isfinite(limits.low)) mend = concat(limits.open_low ? "more than " : "at least ", limits.low);
    if (std::isfinite(limits.high)) {
      mend += concat(mend.empty() ? "" : " and ", limits.open_high ? "less than " : "at most ", limits.high);
    }
    fail(concat(shown(value), " is out of range"), value, key,
         concat("give ", mend.empty() ? "a finite number" : mend));
  }

  void read(const Node& value, const std::string& key, bool& member, const Limits&) const {
    if (!value.is_scalar() || value.value().kind != Scalar::Kind::boolean) fail_type(value, key, "true or false");
    member = value.value().boolean;
  }

  void read(const Node& value, const std::string& key, std::int64_t& member, const Limits& limits) const {
    if (!value.is_scalar() || value.value().kind != Scalar::Kind::integer || !value.value().text.empty()) {
      fail_type(value, key, "a whole number");
    }
    member = value.value().integer;
    check_range(static_cast<double>(member), value, key, limits);
  }

  void read(const Node& value, const std::string& key, double& member, const Limits& limits) const {
    const bool number =
        value.is_scalar() && (value.value().kind == Scalar::Kind::integer || value.value().kind == Scalar::Kind::real);
    if (!number) fail_type(value, key, "a number");
    member = value.value().as_real();
    check_range(member, value, key, limits);
  }

  void read(const Node& value, const std::string& key, std::string& member, const Limits& limits) const {
    const bool text = value.is_scalar() && !value.value().is_null() && value.value().kind != Scalar::Kind::boolean;
    if (!text) fail_type(value, key, "a text");
    member = python_str(value.value());
    if (limits.choices.empty()) return;
    for (const std::string& choice : limits.choices) {
      if (member == choice) return;
    }
    const std::string near = nearest_name(member, limits.choices);
    fail(concat("`", member, "` is not one of ", choices_of(limits)), value, key,
         near.empty() ? "choose one" : concat("did you mean `", near, "`?"));
  }

  // A single value is a list of one.
  template <class T>
  void read(const Node& value, const std::string& key, std::vector<T>& member, const Limits& limits) const {
    member.clear();
    if (value.is_scalar()) {
      T item{};
      read(value, key, item, limits);
      member.push_back(std::move(item));
      return;
    }
    if (!value.is_list()) fail_type(value, key, "a list");
    for (const NodePtr& node : value.items()) {
      T item{};
      read(*node, key, item, limits);
      member.push_back(std::move(item));
    }
  }

  void read(const Node& value, const std::string& key, Named<std::string>& member, const Limits& limits) const {
    member.clear();
    if (value.is_null()) return;
    require_mapping(value, key);
    for (const Node::Entry& entry : value.entries()) {
      const std::string name = python_str(entry.key);
      if (!entry.node->is_scalar()) fail_type(*entry.node, concat(key, ".", name), "a single value");
      std::string text = python_str(entry.node->value());
      if (entry.node->value().kind == Scalar::Kind::boolean) text = entry.node->value().boolean ? "true" : "false";
      if (entry.node->is_null()) text.clear();
      member.emplace_back(name, std::move(text));
    }
    (void)limits;
  }

  const Node& node_;
  std::string path_;
  std::set<std::string> names_;
};

}  // namespace

StudyConfig decode_study(const Node& job) {
  if (!job.is_dict()) throw InputError("the composed configuration is no mapping", job.origin().where(""), "");
  StudyTree tree;
  Decoder decoder(job, "");
  describe(decoder, tree);
  decoder.refuse_unknown();
  StudyConfig study = std::move(tree.config);
  for (auto& [name, holder] : tree.tasks) study.tasks.push_back({name, std::move(holder.task)});
  if (study.tasks.empty() && tree.task) study.tasks.push_back({tree.task->name, std::move(*tree.task)});
  if (study.tasks.empty()) {
    throw InputError("no task is chosen", {"", 0, 0, "task"},
                     "give task=bc5cdr, or several with +task@tasks.a=bc5cdr +task@tasks.b=ddi");
  }
  return study;
}

}  // namespace polyclinic
