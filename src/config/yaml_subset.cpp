#include "config/yaml_subset.h"

#include <algorithm>
#include <vector>

#include "config/interpolation.h"
#include "config/yaml_scalar.h"

namespace polyclinic {
namespace {

constexpr int kMaxDepth = 40;
constexpr std::size_t kLongestLine = 1000;  // YAML bounds a key at 1,024 characters

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// The next line that is not blank and not a comment: what is left of it, where it begins and its number.
struct Line {
  std::string_view rest;
  std::size_t indent = 0;
  int number = 0;
  bool is_item() const { return rest.size() > 1 && rest[0] == '-' && rest[1] == ' '; }
  void skip(std::size_t n) {
    rest.remove_prefix(n);
    indent += n;
  }
  void skip_blanks() { skip(std::min(rest.find_first_not_of(' '), rest.size())); }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    skip(1);
    return true;
  }
};

// Each read_* returns null when the text leaves the subset, and then everything returns null.
class SubsetReader {
 public:
  SubsetReader(std::string_view text, const std::string& file)
      : text_(text), file_(std::make_shared<const std::string>(file)) {}

  NodePtr read_document() {
    const auto outside = [](char c) { return (c < ' ' && c != '\n') || c > '~'; };
    if (std::any_of(text_.begin(), text_.end(), outside)) return nullptr;
    if (!next_line() || line_.indent != 0 || line_.is_item()) return nullptr;
    NodePtr root = read_mapping(0);
    return ended_ ? std::move(root) : nullptr;
  }

 private:
  Origin origin() const { return {file_, line_.number}; }

  // False at the end, and at a line that may not stand here (then ended_ stays false).
  bool next_line() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      line_ = {text_.substr(0, end), 0, line_.number + 1};
      text_.remove_prefix(std::min(end + 1, text_.size()));
      line_.skip_blanks();
      if (line_.rest.empty() || line_.rest[0] == '#') continue;
      const bool marker = line_.indent == 0 && (line_.rest.substr(0, 3) == "---" || line_.rest.substr(0, 3) == "...");
      return !marker && line_.rest.size() < kLongestLine;
    }
    ended_ = true;
    line_ = {{}, 0, line_.number};
    return false;
  }
  bool has_line() const { return !line_.rest.empty(); }
  // After a value: only a comment may follow. Moves to the next line.
  bool finish_line() {
    const std::size_t before = line_.indent;
    line_.skip_blanks();
    if (!line_.rest.empty() && (line_.rest[0] != '#' || line_.indent == before)) return false;
    return next_line() || ended_;
  }

  // `key:` before a blank or the end of the line; empty when there is none.
  std::string_view take_key() {
    const std::string_view rest = line_.rest;
    if (rest.empty() || !(is_letter(rest[0]) || rest[0] == '/')) return {};
    const auto in_key = [](char c) { return is_word(c) || is_one_of(c, "/@.- "); };
    const auto end = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), in_key) - rest.begin());
    if (end == rest.size() || rest[end] != ':' || rest[end - 1] == ' ') return {};
    if (end + 1 < rest.size() && rest[end + 1] != ' ') return {};
    line_.skip(end + 1);
    return rest.substr(0, end);
  }

  bool set(Node& mapping, std::string_view key, NodePtr value) {
    bool reserved = false;
    Scalar name = yaml_plain_scalar(key, &reserved);
    if (!value || reserved || !name.is_text() || mapping.find(name) != nullptr) return false;
    mapping.set(name, std::move(value));
    return true;
  }

  NodePtr read_mapping(std::size_t indent) {
    const Deeper level(depth_);
    NodePtr mapping = Node::dict(origin());
    do {
      const std::string_view key = take_key();
      if (key.empty() || depth_ > kMaxDepth) return nullptr;
      if (!set(*mapping, key, read_value(indent))) return nullptr;
    } while (has_line() && line_.indent == indent && !line_.is_item());
    return has_line() && line_.indent > indent ? nullptr : std::move(mapping);
  }

  // What follows `key:`, on this line or below.
  NodePtr read_value(std::size_t indent) {
    line_.skip_blanks();
    if (!line_.rest.empty() && line_.rest[0] != '#') return read_inline(indent);
    NodePtr null = Node::scalar(Scalar::of_null(), origin());
    if (!next_line()) return ended_ ? std::move(null) : nullptr;
    if (line_.is_item() && line_.indent >= indent) return read_list(line_.indent);
    return line_.indent > indent ? read_mapping(line_.indent) : std::move(null);
  }

  NodePtr read_list(std::size_t indent) {
    const Deeper level(depth_);
    NodePtr list = Node::list(origin());
    do {
      line_.skip(1);
      line_.skip_blanks();
      if (line_.is_item() || depth_ > kMaxDepth) return nullptr;
      const Line item = line_;
      NodePtr value;
      if (!take_key().empty()) {
        line_ = item;
        value = read_mapping(line_.indent);
      } else {
        value = read_inline(indent);
      }
      if (!value) return nullptr;
      list->append(std::move(value));
    } while (has_line() && line_.indent == indent && line_.is_item());
    return has_line() && line_.indent > indent ? nullptr : std::move(list);
  }

  // A value that ends with its line; a deeper line below would continue it.
  NodePtr read_inline(std::size_t indent) {
    if (line_.rest.empty()) return nullptr;
    NodePtr value = is_one_of(line_.rest[0], "[{\"'") ? read_flow() : read_plain();
    if (!value || !finish_line() || (has_line() && line_.indent > indent)) return nullptr;
    return value;
  }

  NodePtr read_plain() {
    const std::string_view rest = line_.rest;
    const char second = rest.size() > 1 ? rest[1] : ' ';
    const bool starts = is_word(rest[0]) || is_one_of(rest[0], "./~$+(") || (is_one_of(rest[0], "-?") && second != ' ');
    if (!starts) return nullptr;
    std::size_t end = std::min(rest.find(" #"), rest.size());
    while (rest[end - 1] == ' ') --end;
    for (std::size_t i = 0; i < end; ++i) {
      if (rest[i] == ':' && (i + 1 == rest.size() || rest[i + 1] == ' ')) return nullptr;
    }
    return plain(end);
  }

  NodePtr plain(std::size_t length) {
    bool reserved = false;
    Scalar value = yaml_plain_scalar(line_.rest.substr(0, length), &reserved);
    return reserved ? nullptr : scalar(std::move(value), length);
  }

  NodePtr scalar(Scalar value, std::size_t length) {
    if (value.is_interpolation()) {
      try {
        parse_interpolation(value.text);
      } catch (const InterpolationSyntaxError&) {
        return nullptr;
      }
    }
    line_.skip(length);
    return Node::scalar(std::move(value), origin());
  }

  NodePtr read_flow() {
    const Deeper level(depth_);
    if (line_.rest.empty() || depth_ > kMaxDepth) return nullptr;
    const char first = line_.rest[0];
    if (first == '"' || first == '\'') return read_quoted(first);
    if (first == '[') return read_flow_list();
    if (first == '{') return read_flow_mapping();
    const auto in_word = [](char c) { return is_word(c) || is_one_of(c, "./+-"); };
    const std::string_view rest = line_.rest;
    const auto end = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), in_word) - rest.begin());
    const bool starts = is_word(first) || first == '.' || (first == '-' && end > 1);
    return starts ? plain(end) : nullptr;
  }

  NodePtr read_quoted(char quote) {
    const std::size_t end = line_.rest.find(quote, 1);
    if (end == std::string_view::npos) return nullptr;
    const std::string_view inside = line_.rest.substr(1, end - 1);
    const bool doubled = quote == '\'' && end + 1 < line_.rest.size() && line_.rest[end + 1] == quote;
    if (doubled || (quote == '"' && inside.find('\\') != std::string_view::npos)) return nullptr;
    return scalar(Scalar::of_text(std::string(inside)), end + 1);
  }

  // After an item: true at `closing`, which is taken; a comma before a further item is taken too.
  enum class After { item, closing, other };
  After after_item(char closing) {
    line_.skip_blanks();
    if (line_.take(closing)) return After::closing;
    if (!line_.take(',')) return After::other;
    line_.skip_blanks();
    return After::item;
  }

  NodePtr read_flow_list() {
    NodePtr list = Node::list(origin());
    line_.skip(1);
    line_.skip_blanks();
    if (line_.take(']')) return list;
    for (;;) {
      NodePtr item = read_flow();
      if (!item) return nullptr;
      list->append(std::move(item));
      const After after = after_item(']');
      if (after == After::other) return nullptr;
      if (after == After::closing) return list;
    }
  }

  NodePtr read_flow_mapping() {
    NodePtr mapping = Node::dict(origin());
    line_.skip(1);
    line_.skip_blanks();
    if (line_.take('}')) return mapping;
    for (;;) {
      const std::string_view key = take_key();
      line_.skip_blanks();
      if (key.empty() || !set(*mapping, key, read_flow())) return nullptr;
      const After after = after_item('}');
      if (after == After::other) return nullptr;
      if (after == After::closing) return mapping;
    }
  }

  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    int& depth_;
  };

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  Line line_;
  int depth_ = 0;
  bool ended_ = false;
};

}  // namespace

NodePtr read_yaml_subset(std::string_view text, const std::string& file) {
  return SubsetReader(text, file).read_document();
}

}  // namespace polyclinic
