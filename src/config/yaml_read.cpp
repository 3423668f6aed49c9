#include "config/yaml_read.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cctype>
#include <istream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "config/interpolation.h"
#include "config/yaml_pyyaml.h"
#include "config/yaml_scalar.h"
#include "config/yaml_subset.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

constexpr std::size_t kMaxNodes = 1000000;  // aliases may multiply a file without end
constexpr int kMaxDepth = 200;

// Builds the tree from the events of the parser.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& file, std::string_view text)
      : file_(std::make_shared<const std::string>(file)), text_(text) {}

  NodePtr take() { return std::move(document_); }
  bool has_document() const { return document_ != nullptr; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // An absent value is marked where the next token stands: its line is its key's.
    const bool valued = !levels_.empty() && levels_.back().has_key;
    if (!levels_.empty() && levels_.back().node->is_list() && character(mark) == ',') {
      fail("a list's item is missing before the comma", mark, "write null, or remove the comma");
    }
    if (valued && levels_.back().lacks_colon) {
      fail(concat("no `:` after `", python_str(levels_.back().key), "`"), mark, "write key: value");
    }
    add(Node::scalar(Scalar::of_null(), valued ? levels_.back().key_origin : origin(mark)), mark, anchor, false);
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    const auto wrong = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_'; };
    if (std::any_of(name.begin(), name.end(), wrong)) {
      fail(concat("the anchor `", name, "` holds more than letters, digits, - and _"), mark, "rename it");
    }
    if (!names_.insert(name).second) fail(concat("the anchor `", name, "` is there twice"), mark, "rename one");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) fail("an alias inside its own anchor", mark, "write the value out");
    NodePtr copy = at->second->clone();
    const bool merge_key = merge_anchors_.count(anchor) > 0;
    count_ += size_of(*copy);
    if (count_ > kMaxNodes) fail("aliases make more than a million values", mark, "write fewer aliases of aliases");
    add(std::move(copy), mark, 0, merge_key);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?" || tag.empty();
    check_like_pyyaml(mark, plain, value);
    Scalar scalar;
    bool merge_key = false;
    if (plain) {
      bool reserved = false;
      scalar = yaml_plain_scalar(value, &reserved);
      merge_key = value == "<<";
      if (reserved && !merge_key) fail(concat("a plain `", value, "` has no value in YAML 1.1"), mark, "quote it");
      if (merge_key) scalar = Scalar::of_text(value);
    } else if (tag == "!") {
      scalar = Scalar::of_text(with_whole_characters(value));
    } else if (!yaml_tagged_scalar(tag, value, &scalar)) {
      fail(concat("`", value, "` does not fit the tag ", tag), mark, "leave the tag away");
    }
    add(Node::scalar(std::move(scalar), origin(mark)), mark, anchor, merge_key);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::list(origin(mark)), tag, "tag:yaml.org,2002:seq", mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::dict(origin(mark)), tag, "tag:yaml.org,2002:map", mark, anchor);
    levels_.back().flow = style == YAML::EmitterStyle::Flow;
  }
  void OnMapEnd() override {
    merge_in();
    close();
  }

 private:
  struct Level {
    NodePtr node;
    YAML::anchor_t anchor;
    YAML::Mark mark;
    bool has_key = false;
    bool key_merges = false;
    bool lacks_colon = false;
    bool flow = false;
    Scalar key;
    Origin key_origin;
    std::vector<NodePtr> merged;  // values of `<<`
  };

  Origin origin(const YAML::Mark& mark) const { return {file_, mark.line + 1}; }

  char character(const YAML::Mark& mark) const {
    const auto at = static_cast<std::size_t>(mark.pos);
    return at < text_.size() ? text_[at] : '\n';
  }

  [[noreturn]] void fail(const std::string& what, const YAML::Mark& mark, const std::string& mend) const {
    throw InputError(what, {*file_, mark.line + 1, mark.column + 1, ""}, mend);
  }

  void check_like_pyyaml(const YAML::Mark& mark, bool plain, const std::string& value) const {
    const auto fault = fault_of_scalar(text_, static_cast<std::size_t>(mark.pos), plain, value);
    if (fault) fail(fault->what, mark, fault->mend);
  }

  static std::size_t size_of(const Node& node) {
    std::size_t n = 1;
    for (const Node::Entry& entry : node.entries()) n += size_of(*entry.node);
    for (const NodePtr& item : node.items()) n += size_of(*item);
    return n;
  }

  void open(NodePtr node, const std::string& tag, const char* expected, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (tag != "?" && tag != "!" && !tag.empty() && tag != expected) {
      fail(concat("the tag ", tag, " has no meaning here"), mark, "leave it away");
    }
    if (levels_.size() >= kMaxDepth) fail("nested more than 200 levels deep", mark, "flatten it");
    levels_.push_back({std::move(node), anchor, mark, false, false, false, false, {}, {}, {}});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(level.node), level.mark, level.anchor, false);
  }

  void add(NodePtr node, const YAML::Mark& mark, YAML::anchor_t anchor, bool merge_key) {
    if (++count_ > kMaxNodes) fail("more than a million values", mark, "split the file");
    if (anchor != 0) {
      anchors_[anchor] = node->clone();
      if (merge_key) merge_anchors_[anchor] = true;
    }
    if (levels_.empty()) {
      if (merge_key) fail("a plain `<<` has no value in YAML 1.1", mark, "quote it");
      check_interpolation(*node, mark);
      document_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node->is_dict() && !level.has_key) {
      take_key(level, *node, mark, merge_key);
      return;
    }
    if (merge_key) fail("a plain `<<` has no value in YAML 1.1", mark, "quote it");
    check_interpolation(*node, mark);
    if (level.node->is_list()) {
      level.node->append(std::move(node));
    } else if (level.key_merges) {
      level.merged.push_back(std::move(node));
      level.has_key = false;
    } else {
      level.node->set(level.key, std::move(node));
      level.has_key = false;
    }
  }

  void take_key(Level& level, const Node& key, const YAML::Mark& mark, bool merges) const {
    if (!key.is_scalar()) fail("a key must be a single value", mark, "");
    if (key.is_null()) fail("a key must not be null", mark, "quote it");
    if (key.value().is_text() && !merges && level.node->find(key.value()) != nullptr) {
      fail(concat("duplicate key `", key.value().text, "`"), mark, "remove one of them");
    }
    level.has_key = true;
    level.key_merges = merges;
    level.key = key.value();
    level.key_origin = key.origin();
    level.lacks_colon = !level.flow && level.key.is_text() &&
                        polyclinic::lacks_colon(text_, static_cast<std::size_t>(mark.pos), level.key.text);
  }

  void check_interpolation(const Node& node, const YAML::Mark& mark) const {
    if (!node.is_interpolation()) return;
    try {
      parse_interpolation(node.value().text);
    } catch (const InterpolationSyntaxError& error) {
      fail(concat(error.what(), " in `", node.value().text, "`"), mark, "write \\${ for a literal ${");
    }
  }

  // `<<`: merged keys come first, in their order; the mapping's own keys win, then the first of a list.
  void merge_in() {
    Level& level = levels_.back();
    if (level.merged.empty()) return;
    std::vector<const Node*> sources;
    for (const NodePtr& value : level.merged) {
      if (value->is_list()) {
        for (auto item = value->items().rbegin(); item != value->items().rend(); ++item) sources.push_back(item->get());
      } else {
        sources.push_back(value.get());
      }
    }
    NodePtr whole = Node::dict(level.node->origin());
    for (const Node* source : sources) {
      if (!source->is_dict()) fail("`<<` takes a mapping or a list of mappings", level.mark, "");
      for (const Node::Entry& entry : source->entries()) whole->set(entry.key, entry.node->clone());
    }
    for (const Node::Entry& entry : level.node->entries()) whole->set(entry.key, entry.node->clone());
    level.node = std::move(whole);
  }

  std::shared_ptr<const std::string> file_;
  std::string_view text_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, NodePtr> anchors_;
  std::map<YAML::anchor_t, bool> merge_anchors_;
  std::set<std::string> names_;  // of anchors
  NodePtr document_;
  std::size_t count_ = 0;
};

int line_at(std::string_view text, std::size_t at) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

NodePtr parse_document(std::string_view given, const std::string& file) {
  const std::string text = with_plain_line_breaks(given);
  if (const auto fault = fault_of_text(text)) {
    throw InputError(fault->what, {file, line_at(text, fault->at), 0, ""}, fault->mend);
  }
  std::istringstream stream{text};
  Builder builder(file, text);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    NodePtr first = builder.take();
    if (first && parser.HandleNextDocument(builder)) {
      throw InputError("a second document begins", {file, 0, 0, ""}, "keep one document a file");
    }
    return first;
  } catch (const YAML::Exception& error) {
    throw InputError(error.msg, {file, error.mark.line + 1, error.mark.column + 1, ""}, "mend the YAML");
  }
}

}  // namespace

NodePtr read_yaml(std::string_view text, const std::string& file) {
  NodePtr quick = read_yaml_subset(text, file);
  return quick ? std::move(quick) : read_yaml_fully(text, file);
}

NodePtr read_yaml_fully(std::string_view text, const std::string& file) {
  NodePtr node = parse_document(text, file);
  const Origin origin{std::make_shared<const std::string>(file), 1};
  if (!node || node->is_null()) return Node::dict(origin);
  if (node->is_container()) return node;
  if (!node->value().is_text()) {
    throw InputError(concat("the whole file is one ", python_type(node->value())), {file, 1, 0, ""}, "write a mapping");
  }
  // OmegaConf.create(text): the text is YAML once more, and a text of a text is a key without value.
  NodePtr again = parse_document(node->value().text, file);
  if (!again || again->is_null()) return Node::dict(origin);
  if (again->is_container()) return again;
  if (!again->value().is_text()) {
    throw InputError("the whole file is one quoted number", {file, 1, 0, ""}, "write a mapping");
  }
  NodePtr only_key = Node::dict(origin);
  only_key->set(again->value(), Node::scalar(Scalar::of_null(), origin));
  return only_key;
}

}  // namespace polyclinic
