// The grammar of OmegaConf 2.3, by recursive descent. Three contexts: text (a whole value, or between quotes),
// interpolation (inside ${ before a colon) and element (inside a resolver's arguments).
#include "config/interpolation.h"
#include "config/value_lexer.h"

namespace polyclinic {
namespace {

constexpr int kMaxDepth = 100;

Expression literal(std::string text) {
  Expression e;
  e.value = Scalar::of_text(std::move(text));
  return e;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Expression whole_text() {
    Expression e = text_until('\0');
    if (at_ < text_.size()) fail();
    return e;
  }

  Expression whole_element() {
    Expression e = element();
    if (at_ < text_.size()) fail();
    return e;
  }

 private:
  [[noreturn]] void fail() const {
    if (at_ >= text_.size()) throw InterpolationSyntaxError("the interpolation is not closed");
    throw InterpolationSyntaxError("unexpected `" + std::string(text_.substr(at_, 1)) + "` at character " +
                                   std::to_string(at_ + 1));
  }

  bool done() const { return at_ >= text_.size(); }
  bool looking_at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  bool take(std::string_view what) {
    if (!looking_at(what)) return false;
    at_ += what.size();
    return true;
  }
  // Blanks, then `what`; moves only when both are there.
  bool take_after_blanks(char what) {
    const std::size_t next = skip_blanks(text_, at_);
    if (next >= text_.size() || text_[next] != what) return false;
    at_ = next + 1;
    return true;
  }
  void blanks() { at_ = skip_blanks(text_, at_); }

  // Text with interpolations, up to the closing quote (or the end when quote is '\0').
  Expression text_until(char quote) {
    Expression out;
    out.kind = Expression::Kind::text;
    std::string run;
    const auto flush = [&] {
      if (!run.empty()) out.parts.push_back(literal(run));
      run.clear();
    };
    while (!done() && !(quote != '\0' && text_[at_] == quote)) {
      if (text_[at_] == '\\') {
        backslashes(quote, run);
      } else if (take("${")) {
        flush();
        out.parts.push_back(interpolation());
      } else {
        run += text_[at_++];
      }
    }
    flush();
    if (out.parts.empty()) out.parts.push_back(literal(""));
    return out;
  }

  // A run of backslashes: halved before ${ (which an odd one makes literal); in quotes also before a quote.
  void backslashes(char quote, std::string& run) {
    std::size_t n = 0;
    while (at_ < text_.size() && text_[at_] == '\\') {
      ++n;
      ++at_;
    }
    const bool before_quote = quote != '\0' && !done() && text_[at_] == quote;
    if (looking_at("${")) {
      run.append(n / 2, '\\');
      if (n % 2 == 1) {
        run += "${";
        at_ += 2;
      }
    } else if (before_quote) {
      run.append(n / 2, '\\');
      if (n % 2 == 1) {
        run += quote;
        ++at_;
      }
    } else {
      run.append(n, '\\');
    }
  }

  // After "${".
  Expression interpolation() {
    if (++depth_ > kMaxDepth) throw InterpolationSyntaxError("interpolations nested more than 100 deep");
    blanks();
    Expression e;
    e.kind = Expression::Kind::node;
    bool plain_name = true;  // may still be the name of a resolver
    while (take(".")) {
      e.parts.push_back(literal("."));
      plain_name = false;
    }
    key(e, plain_name);
    while (true) {
      if (take(".")) {
        e.parts.push_back(literal("."));
        key_only(e, plain_name);
      } else if (!done() && text_[at_] == '[') {
        key(e, plain_name);
      } else if (take_after_blanks(':')) {
        if (!plain_name) fail();
        resolver(e);
        break;
      } else if (take_after_blanks('}')) {
        break;
      } else {
        fail();
      }
    }
    --depth_;
    return e;
  }

  void key(Expression& e, bool& plain_name) {
    if (!take("[")) {
      key_only(e, plain_name);
      return;
    }
    plain_name = false;
    e.parts.push_back(literal("["));
    key_only(e, plain_name);
    if (!take("]")) fail();
    e.parts.push_back(literal("]"));
  }

  void key_only(Expression& e, bool& plain_name) {
    const std::size_t next = skip_blanks(text_, at_);
    if (text_.substr(next, 2) == "${") {
      at_ = next + 2;
      e.parts.push_back(interpolation());
      return;
    }
    constexpr std::string_view special = "\\{}()[]:. \t'\"";
    std::size_t end = at_;
    while (end < text_.size() && special.find(text_[end]) == std::string_view::npos) ++end;
    if (end == at_) fail();
    const std::string_view word = text_.substr(at_, end - at_);
    Primitive token;
    const bool is_word = next_primitive(word, &token) && token.text.size() == word.size() &&
                         (token.kind == Primitive::Kind::word || token.kind == Primitive::Kind::boolean ||
                          token.kind == Primitive::Kind::null || is_name(word));
    plain_name = plain_name && is_word;
    e.parts.push_back(literal(std::string(word)));
    at_ = end;
  }

  static bool is_name(std::string_view word) { return word == "inf" || word == "nan"; }

  // After "${name:"; turns the node into a resolver.
  void resolver(Expression& e) {
    blanks();
    e.kind = Expression::Kind::resolver;
    e.name_parts = std::move(e.parts);
    e.parts.clear();
    if (take_after_blanks('}')) return;
    sequence(e.parts, '}');
  }

  // Elements between commas up to `close`, which is taken too; an absent element is an empty text.
  void sequence(std::vector<Expression>& out, char close) {
    bool after_comma = true;
    while (true) {
      if (take_after_blanks(',')) {
        if (after_comma) out.push_back(literal(""));
        after_comma = true;
        blanks();
      } else if (take_after_blanks(close)) {
        if (after_comma) out.push_back(literal(""));
        return;
      } else {
        if (!after_comma || done()) fail();
        out.push_back(element());
        after_comma = false;
      }
    }
  }

  Expression element() {
    if (++depth_ > kMaxDepth) throw InterpolationSyntaxError("nested more than 100 deep");
    Expression e;
    if (!done() && (text_[at_] == '\'' || text_[at_] == '"')) {
      const char quote = text_[at_++];
      e = text_until(quote);
      if (done()) fail();
      ++at_;
      e = quoted(std::move(e));
    } else if (take("[")) {
      blanks();
      e.kind = Expression::Kind::list;
      if (!take_after_blanks(']')) sequence(e.parts, ']');
    } else if (take("{")) {
      blanks();
      e = dict();
    } else {
      e = primitive(false);
    }
    --depth_;
    return e;
  }

  // Between quotes the result is always a text, also for a lone interpolation.
  static Expression quoted(Expression e) {
    e.parts.push_back(literal(""));
    return e;
  }

  Expression dict() {
    Expression e;
    e.kind = Expression::Kind::dict;
    if (take_after_blanks('}')) return e;
    while (true) {
      e.parts.push_back(primitive(true));
      if (!take_after_blanks(':')) fail();
      blanks();
      e.parts.push_back(element());
      if (take_after_blanks('}')) return e;
      if (!take_after_blanks(',')) fail();
      blanks();
    }
  }

  // Blanks followed by a closing mark, comma or colon belong to that mark.
  bool at_mark(std::string_view marks) const {
    const std::size_t next = skip_blanks(text_, at_);
    return next < text_.size() && marks.find(text_[next]) != std::string_view::npos;
  }

  Expression primitive(bool is_key) {
    std::vector<Expression> parts;
    std::size_t tokens = 0;
    while (!done() && !at_mark(",}]")) {
      if (is_key && at_mark(":")) break;
      if (!is_key && take("${")) {
        parts.push_back(interpolation());
      } else if (at_mark(":")) {
        const std::size_t start = at_;
        at_ = skip_blanks(text_, skip_blanks(text_, at_) + 1);
        parts.push_back(literal(std::string(text_.substr(start, at_ - start))));
      } else {
        Primitive token;
        if (!next_primitive(text_.substr(at_), &token)) fail();
        at_ += token.text.size();
        Expression part;
        part.value = tokens == 0 && token_ends(is_key)       ? primitive_value(token)
                     : token.kind == Primitive::Kind::escape ? Scalar::of_text(unescaped(token.text))
                                                             : Scalar::of_text(std::string(token.text));
        parts.push_back(std::move(part));
      }
      ++tokens;
    }
    if (parts.empty()) fail();
    if (parts.size() == 1) return std::move(parts[0]);
    Expression e;
    e.kind = Expression::Kind::text;
    e.parts = std::move(parts);
    return e;
  }

  // The token just taken is the last of its primitive.
  bool token_ends(bool is_key) const { return done() || at_mark(",}]") || (is_key && at_mark(":")); }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Expression parse_interpolation(const std::string& text) { return Parser(text).whole_text(); }
Expression parse_element(const std::string& text) { return Parser(text).whole_element(); }

}  // namespace polyclinic
