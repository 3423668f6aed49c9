#include <stdexcept>

#include "config/override.h"
#include "config/value_lexer.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

constexpr int kMaxDepth = 100;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(const std::string& line) : line_(line), text_(line) {}

  Override parse() {
    Override out;
    out.line = line_;
    if (take('~')) {
      out.type = Override::Type::remove;
    } else if (take('+')) {
      out.type = take('+') ? Override::Type::force_add : Override::Type::add;
    }
    key(out);
    if (done() && out.type == Override::Type::remove) return out;
    if (!take('=')) fail(done() ? "no `=`" : "this character cannot stand in a key");
    at_ = skip_blanks(text_, at_);
    out.value = done() ? text_value("") : value();
    if (!done()) fail("nothing may follow the value here");
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(concat("cannot read the override `", line_, "` at character ", at_ + 1, ": ", why), {},
                     "quote a value that holds special characters: key='...'");
  }

  static OverrideValue text_value(std::string text) {
    OverrideValue v;
    v.scalar = Scalar::of_text(std::move(text));
    return v;
  }

  bool done() const { return at_ >= text_.size(); }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Blanks, then c.
  bool at_mark(char c) const {
    const std::size_t next = skip_blanks(text_, at_);
    return next < text_.size() && text_[next] == c;
  }
  bool take_mark(char c) {  // with the blanks on both sides
    if (!at_mark(c)) return false;
    at_ = skip_blanks(text_, skip_blanks(text_, at_) + 1);
    return true;
  }
  bool take_closing(char c) {  // with the blanks before it
    if (!at_mark(c)) return false;
    at_ = skip_blanks(text_, at_) + 1;
    return true;
  }

  // A run of the characters of a word, from `at`; a word starts with a letter, _ or $.
  std::size_t word_end(std::size_t at) const {
    if (at >= text_.size() || !(is_letter(text_[at]) || text_[at] == '_' || text_[at] == '$')) return at;
    while (at < text_.size() &&
           (is_letter(text_[at]) || is_digit(text_[at]) || text_[at] == '_' || text_[at] == '-' || text_[at] == '$')) {
      ++at;
    }
    return at;
  }
  std::size_t part_end(std::size_t at) const {
    const std::size_t word = word_end(at);
    if (word > at || at >= text_.size() || !is_digit(text_[at])) return word;
    if (text_[at] == '0') return at + 1;
    while (at < text_.size() &&
           (is_digit(text_[at]) || (text_[at] == '_' && at + 1 < text_.size() && is_digit(text_[at + 1])))) {
      ++at;
    }
    return at;
  }

  // word | a.b.0 | nothing
  std::string dotted() {
    const std::size_t start = at_;
    std::size_t end = part_end(at_);
    std::size_t parts = end > at_ ? 1 : 0;
    while (parts > 0 && end < text_.size() && text_[end] == '.' && part_end(end + 1) > end + 1) {
      end = part_end(end + 1);
      ++parts;
    }
    if (parts == 1 && is_digit(text_[start])) fail("a key starts with a letter");
    at_ = end;
    return std::string(text_.substr(start, end - start));
  }

  void key(Override& out) {
    const std::size_t start = at_;
    out.key = dotted();
    const bool word = out.key.find_first_of(".$") == std::string::npos && !out.key.empty();
    while (word && !done() && text_[at_] == '/') {
      const std::size_t end = word_end(at_ + 1);
      if (end == at_ + 1) {
        ++at_;
        fail("a group path ends with a name");
      }
      const std::string_view part = text_.substr(at_ + 1, end - at_ - 1);
      if (part.find('$') != std::string_view::npos) fail("no `$` in a group path");
      out.key += "/" + std::string(part);
      at_ = end;
    }
    if (out.key.empty() && (done() || text_[at_] != '@')) {
      at_ = start;
      fail("no key");
    }
    if (take('@')) out.package = dotted();
  }

  OverrideValue value() {
    OverrideValue first = element();
    if (!at_mark(',')) return first;
    OverrideValue sweep;
    sweep.kind = OverrideValue::Kind::choice;
    sweep.simple = true;
    sweep.items.push_back(std::move(first));
    while (take_mark(',')) sweep.items.push_back(element());
    return sweep;
  }

  OverrideValue element() {
    if (++depth_ > kMaxDepth) fail("nested more than 100 deep");
    OverrideValue out;
    Primitive token;
    if (!done() && (text_[at_] == '\'' || text_[at_] == '"')) {
      out = quoted();
    } else if (take('[')) {
      at_ = skip_blanks(text_, at_);
      out = list();
    } else if (take('{')) {
      at_ = skip_blanks(text_, at_);
      out = dict();
    } else if (next_primitive(text_.substr(at_), &token) && token.kind == Primitive::Kind::word &&
               opens_function(at_ + token.text.size())) {
      out = function(std::string(token.text));
    } else {
      out.scalar = primitive(false);
    }
    --depth_;
    return out;
  }

  bool opens_function(std::size_t at) const {
    at = skip_blanks(text_, at);
    return at < text_.size() && text_[at] == '(';
  }

  OverrideValue quoted() {
    const char quote = text_[at_];
    const std::size_t start = ++at_;
    std::string text;
    while (true) {
      if (done()) {
        at_ = start - 1;
        fail("the quote is not closed");
      }
      const std::size_t run = at_;
      while (!done() && text_[at_] == '\\') ++at_;
      const std::size_t slashes = at_ - run;
      if (!done() && text_[at_] == quote) {
        text.append(slashes / 2, '\\');
        ++at_;
        if (slashes % 2 == 0) break;
        text += quote;
      } else {
        text.append(slashes, '\\');
        if (!done()) text += text_[at_++];
      }
    }
    OverrideValue out;
    out.kind = OverrideValue::Kind::quoted;
    out.scalar = Scalar::of_text(std::move(text));
    out.quote = quote;
    return out;
  }

  OverrideValue list() {
    OverrideValue out;
    out.kind = OverrideValue::Kind::list;
    if (take_closing(']')) return out;
    do {
      out.items.push_back(element());
    } while (take_mark(','));
    if (!take_closing(']')) fail("a list ends with `]`");
    return out;
  }

  OverrideValue dict() {
    OverrideValue out;
    out.kind = OverrideValue::Kind::dict;
    if (take_closing('}')) return out;
    do {
      OverrideValue name;
      name.scalar = primitive(true);
      if (!take_mark(':')) fail("a key in braces is followed by `:`");
      add_pair(out, std::move(name), element());
    } while (take_mark(','));
    if (!take_closing('}')) fail("a mapping ends with `}`");
    return out;
  }

  // A later duplicate wins and keeps the place of the first.
  static void add_pair(OverrideValue& dict, OverrideValue key, OverrideValue value) {
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      if (dict.items[i].scalar == key.scalar) {
        dict.items[i + 1] = std::move(value);
        return;
      }
    }
    dict.items.push_back(std::move(key));
    dict.items.push_back(std::move(value));
  }

  OverrideValue function(const std::string& name) {
    const std::size_t start = at_;
    at_ = skip_blanks(text_, at_ + name.size()) + 1;
    at_ = skip_blanks(text_, at_);
    std::vector<OverrideValue> args;
    std::vector<std::pair<std::string, OverrideValue>> named;
    if (!take_closing(')')) {
      do {
        argument(args, named);
      } while (take_mark(','));
      if (!take_closing(')')) fail("a function ends with `)`");
    }
    try {
      return detail::call_function(name, std::move(args), std::move(named));
    } catch (const std::invalid_argument& error) {
      const std::string call(text_.substr(start, at_ - start));
      fail(concat("in `", call, "`: ", error.what()));
    }
  }

  void argument(std::vector<OverrideValue>& args, std::vector<std::pair<std::string, OverrideValue>>& named) {
    Primitive token;
    if (next_primitive(text_.substr(at_), &token) && token.kind == Primitive::Kind::word) {
      const std::size_t before = at_;
      at_ += token.text.size();
      if (take_mark('=')) {
        named.emplace_back(std::string(token.text), element());
        return;
      }
      at_ = before;
    }
    if (!named.empty()) fail("a positional argument follows a named one");
    args.push_back(element());
  }

  // Tokens side by side: one keeps its type, several are a text. Blanks at the ends are dropped.
  Scalar primitive(bool is_key) {
    const std::size_t start = at_;
    std::vector<Primitive> tokens;
    while (!done() && !at_mark(',') && !at_mark(']') && !at_mark('}') && !at_mark(')')) {
      if (at_mark(':')) {
        if (is_key) break;
        const std::size_t from = at_;
        at_ = skip_blanks(text_, skip_blanks(text_, at_) + 1);
        tokens.push_back({Primitive::Kind::symbol, text_.substr(from, at_ - from)});
        continue;
      }
      Primitive token;
      const std::size_t brace = !is_key && text_.substr(at_, 2) == "${" ? text_.find('}', at_) : std::string::npos;
      if (brace != std::string::npos && brace > at_ + 2) {
        token = {Primitive::Kind::word, text_.substr(at_, brace + 1 - at_)};
      } else if (!next_primitive(text_.substr(at_), &token)) {
        fail("this character needs quotes around the value, or a backslash before it");
      }
      at_ += token.text.size();
      tokens.push_back(token);
    }
    if (!tokens.empty() && tokens.front().kind == Primitive::Kind::blank) tokens.erase(tokens.begin());
    if (!tokens.empty() && tokens.back().kind == Primitive::Kind::blank) tokens.pop_back();
    if (tokens.empty()) {
      at_ = start;
      fail("no value");
    }
    if (tokens.size() == 1) return primitive_value(tokens[0]);
    std::string text;
    for (const Primitive& token : tokens) {
      text += token.kind == Primitive::Kind::escape ? unescaped(token.text) : std::string(token.text);
    }
    return Scalar::of_text(std::move(text));
  }

  const std::string& line_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Override parse_override(const std::string& line) { return Parser(line).parse(); }

std::string Override::key_element() const {
  const char* prefix = type == Type::remove ? "~" : type == Type::add ? "+" : type == Type::force_add ? "++" : "";
  return prefix + key_with_package();
}

NodePtr to_node(const OverrideValue& value, const Origin& origin) {
  switch (value.kind) {
    case OverrideValue::Kind::scalar:
    case OverrideValue::Kind::quoted:
      return Node::scalar(value.scalar, origin);
    case OverrideValue::Kind::list: {
      NodePtr list = Node::list(origin);
      for (const OverrideValue& item : value.items) list->append(to_node(item, origin));
      return list;
    }
    case OverrideValue::Kind::dict: {
      NodePtr dict = Node::dict(origin);
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        const Scalar& key = value.items[i].scalar;
        if (key.is_null()) throw InputError("a key must not be null", origin.where(""), "");
        dict->set(key, to_node(value.items[i + 1], origin));
      }
      return dict;
    }
    case OverrideValue::Kind::choice:
    case OverrideValue::Kind::range:
    case OverrideValue::Kind::interval:
    case OverrideValue::Kind::glob:
      break;
  }
  throw InputError("a sweep inside a list or mapping is no value", origin.where(""), "sweep over the whole value");
}

}  // namespace polyclinic
