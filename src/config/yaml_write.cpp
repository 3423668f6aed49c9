#include "config/yaml_write.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "config/unicode.h"
#include "config/yaml_scalar.h"
#include "core/concat.h"

namespace polyclinic {
namespace {

constexpr int kWidth = 80;

void encode(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_break(char32_t c) { return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool is_blank_or_break(char32_t c) { return c == 0 || c == U' ' || c == U'\t' || c == U'\r' || is_break(c); }
bool among(char32_t c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }
bool printable(char32_t c) {
  return (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF);
}

// Which styles may show a text: PyYAML's analysis, for block context.
struct Analysis {
  bool multiline = false;
  bool plain = true;
  bool single_quoted = true;
};

bool starts_like_syntax(const std::u32string& text) {
  if (text.compare(0, 3, U"---") == 0 || text.compare(0, 3, U"...") == 0) return true;
  if (among(text[0], U"#,[]{}&*!|>'\"%@`")) return true;
  return among(text[0], U"?:-") && (text.size() == 1 || is_blank_or_break(text[1]));
}

Analysis analyse(const std::u32string& text) {
  Analysis a;
  if (text.empty()) return a;
  bool syntax = starts_like_syntax(text), special = false, break_space = false, space_break = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool next_blank = i + 1 >= text.size() || is_blank_or_break(text[i + 1]);
    if (i > 0 && c == U':' && next_blank) syntax = true;
    if (i > 0 && c == U'#' && is_blank_or_break(text[i - 1])) syntax = true;
    if (is_break(c)) a.multiline = true;
    if (c != U'\n' && !(c >= 0x20 && c <= 0x7E) &&
        !((c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c < 0x10FFFF)) &&
          c != 0xFEFF)) {
      special = true;
    }
    if (c == U' ' && i > 0 && is_break(text[i - 1])) break_space = true;
    if (is_break(c) && i > 0 && text[i - 1] == U' ') space_break = true;
  }
  const auto edge = [](char32_t c) { return c == U' ' || is_break(c); };
  a.plain =
      !(edge(text.front()) || edge(text.back()) || break_space || space_break || special || a.multiline || syntax);
  a.single_quoted = !(break_space || space_break || special);
  return a;
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  void document(const Node& root) {
    if (root.is_scalar()) {
      scalar_value(root.value(), false);
    } else if (root.size() == 0) {
      text(root.is_dict() ? "{}" : "[]");
    } else if (root.is_dict()) {
      mapping(root, 0);
    } else {
      sequence(root, 0);
    }
    line_break();
  }

 private:
  void raw(char32_t c) {
    encode(c, out_);
    ++column_;
  }
  void text(std::string_view ascii) {
    out_ += ascii;
    column_ += static_cast<int>(ascii.size());
  }
  void line_break() {
    out_ += '\n';
    column_ = 0;
    whitespace_ = indention_ = true;
  }
  void indicator(std::string_view mark, bool need_blank, bool indention = false) {
    if (!whitespace_ && need_blank) text(" ");
    text(mark);
    whitespace_ = false;
    indention_ = indention_ && indention;
  }
  void write_indent(int indent) {
    if (!indention_ || column_ > indent || (column_ == indent && !whitespace_)) line_break();
    if (column_ < indent) {
      whitespace_ = true;
      text(std::string(static_cast<std::size_t>(indent - column_), ' '));
    }
  }

  void mapping(const Node& node, int indent) {
    for (const Node::Entry& entry : node.entries()) {
      write_indent(indent);
      const bool simple = is_simple_key(entry.key);
      indent_ = indent + 2;
      if (simple) {
        scalar_value(entry.key, true);
        indicator(":", false);
        value(*entry.node, indent, true);
      } else {
        indicator("?", true, true);
        scalar_value(entry.key, false);
        write_indent(indent);
        indicator(":", true, true);
        value(*entry.node, indent, true);
      }
    }
  }

  void sequence(const Node& node, int indent) {
    for (const NodePtr& item : node.items()) {
      write_indent(indent);
      indicator("-", true, true);
      value(*item, indent, false);
    }
  }

  void value(const Node& node, int indent, bool in_mapping) {
    if (node.is_scalar()) {
      indent_ = indent + 2;
      scalar_value(node.value(), false);
    } else if (node.size() == 0) {
      indicator(node.is_dict() ? "{}" : "[]", true);
    } else if (node.is_dict()) {
      mapping(node, indent + 2);
    } else {
      sequence(node, in_mapping && !indention_ ? indent : indent + 2);
    }
  }

  static std::string tag_of(const Scalar& key) {
    switch (key.kind) {
      case Scalar::Kind::null:
      case Scalar::Kind::boolean:
        return "!!bool";
      case Scalar::Kind::integer:
        return "!!int";
      case Scalar::Kind::real:
        return "!!float";
      case Scalar::Kind::text:
        break;
    }
    return "!!str";
  }

  static bool is_simple_key(const Scalar& key) {
    const std::u32string content = code_points(content_of(key));
    return content.size() + tag_of(key).size() < 128 && !content.empty() && !analyse(content).multiline;
  }

  static std::string content_of(const Scalar& scalar) {
    switch (scalar.kind) {
      case Scalar::Kind::null:
        return "null";
      case Scalar::Kind::boolean:
        return scalar.boolean ? "true" : "false";
      case Scalar::Kind::integer:
      case Scalar::Kind::text:
        return python_str(scalar);
      case Scalar::Kind::real:
        break;
    }
    if (std::isnan(scalar.real)) return ".nan";
    if (std::isinf(scalar.real)) return scalar.real > 0 ? ".inf" : "-.inf";
    std::string repr = float_repr(scalar.real);
    const std::size_t e = repr.find('e');
    if (repr.find('.') == std::string::npos && e != std::string::npos) repr.insert(e, ".0");
    return repr;
  }

  static bool is_yaml_bool(std::string_view text) {
    static constexpr std::string_view words[] = {"y",  "Y",  "yes",  "Yes",  "YES",  "n",     "N",     "no",
                                                 "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
                                                 "on", "On", "ON",   "off",  "Off",  "OFF"};
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
  }

  void scalar_value(const Scalar& scalar, bool key) {
    const std::string content = content_of(scalar);
    const std::u32string points = code_points(content);
    const Analysis a = analyse(points);
    const bool must_quote = scalar.is_text() && (is_yaml_bool(content) || python_int(content, nullptr) ||
                                                 python_float(content, nullptr) || yaml_is_special(content));
    if (!must_quote && a.plain && !(key && points.empty())) {
      plain(points, !key);
    } else if (a.single_quoted && !(key && a.multiline)) {
      single_quoted(points, !key);
    } else {
      double_quoted(points, !key);
    }
  }

  void plain(const std::u32string& t, bool split) {
    if (!whitespace_) text(" ");
    whitespace_ = indention_ = false;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const bool lone_blank = t[i] == U' ' && t[i - 1] != U' ' && t[i + 1] != U' ';
      if (lone_blank && column_ > kWidth && split) {
        write_indent(indent_);
        whitespace_ = indention_ = false;
      } else {
        raw(t[i]);
      }
    }
  }

  void single_quoted(const std::u32string& t, bool split) {
    indicator("'", true);
    for (std::size_t i = 0; i < t.size();) {
      if (t[i] == U' ') {
        std::size_t end = i;
        while (end < t.size() && t[end] == U' ') ++end;
        if (end - i == 1 && column_ > kWidth && split && i != 0 && end != t.size()) {
          write_indent(indent_);
        } else {
          for (std::size_t k = i; k < end; ++k) raw(U' ');
        }
        i = end;
      } else if (is_break(t[i])) {
        if (t[i] == U'\n') line_break();
        for (; i < t.size() && is_break(t[i]); ++i) {
          if (t[i] != U'\n') encode(t[i], out_);
          if (t[i] == U'\n') {
            line_break();
          } else {
            column_ = 0;
            whitespace_ = indention_ = true;
          }
        }
        write_indent(indent_);
      } else {
        // Text moves the writer off the margin; PyYAML forgets to say so, hence no change of the two flags here.
        raw(t[i]);
        if (t[i] == U'\'') raw(U'\'');
        ++i;
      }
    }
    indicator("'", false);
  }

  void escape(char32_t c) {
    static constexpr std::u32string_view from = U"\0\a\b\t\n\v\f\r\x1B\"\\\x85\xA0\u2028\u2029";
    static constexpr std::string_view to = "0abtnvfre\"\\N_LP";
    const std::size_t at = std::u32string_view(from.data(), to.size()).find(c);
    char buffer[16];
    if (at != std::u32string_view::npos) {
      std::snprintf(buffer, sizeof buffer, "\\%c", to[at]);
    } else {
      const char* format = c <= 0xFF ? "\\x%02X" : c <= 0xFFFF ? "\\u%04X" : "\\U%08X";
      std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(c));
    }
    text(buffer);
  }

  void double_quoted(const std::u32string& t, bool split) {
    indicator("\"", true);
    std::size_t start = 0;
    for (std::size_t end = 0; end <= t.size(); ++end) {
      const bool at_end = end == t.size();
      const char32_t c = at_end ? 0 : t[end];
      if (at_end || among(c, U"\"\\\x85\u2028\u2029\uFEFF") || !printable(c)) {
        for (; start < end; ++start) raw(t[start]);
        if (!at_end) {
          escape(c);
          start = end + 1;
        }
      }
      if (end > 0 && end + 1 < t.size() && (c == U' ' || start >= end) &&
          column_ + static_cast<int>(end) - static_cast<int>(start) > kWidth && split) {
        for (; start < end; ++start) raw(t[start]);
        text("\\");
        write_indent(indent_);
        whitespace_ = indention_ = false;
        if (t[start] == U' ') text("\\");
      }
    }
    indicator("\"", false);
  }

  std::string out_;
  int column_ = 0;
  int indent_ = 2;
  bool whitespace_ = true;
  bool indention_ = true;
};

}  // namespace

std::string write_yaml(const Node& root) {
  Writer writer;
  writer.document(root);
  return writer.take();
}

std::string inline_yaml(const Node& node) {
  std::string items;
  if (node.is_scalar()) {
    const std::string yaml = write_yaml(node);
    const std::size_t end = yaml.find('\n');
    const bool one_line = end == std::string::npos || end + 1 == yaml.size() || yaml.substr(end) == "\n...\n";
    return one_line ? yaml.substr(0, end) : python_repr(node);
  }
  for (const Node::Entry& entry : node.entries()) {
    items += concat(items.empty() ? "" : ", ", python_str(entry.key), ": ", inline_yaml(*entry.node));
  }
  for (const NodePtr& item : node.items()) items += concat(items.empty() ? "" : ", ", inline_yaml(*item));
  return node.is_dict() ? concat("{", items, "}") : concat("[", items, "]");
}

}  // namespace polyclinic
