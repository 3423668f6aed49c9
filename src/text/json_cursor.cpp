#include "text/json_cursor.h"

#include <algorithm>
#include <charconv>

#include "core/concat.h"
#include "text/utf8.h"

namespace polyclinic {

void JsonCursor::fail(const std::string& what, const std::string& where) const {
  const std::string_view before = text_.substr(0, at_);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  throw InputError(what, {file_, static_cast<int>(line), static_cast<int>(at_ - line_begin) + 1, where},
                   "download the file again");
}

char JsonCursor::peek() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
  return at_ < text_.size() ? text_[at_] : '\0';
}

void JsonCursor::expect(char wanted, const std::string& where) {
  if (peek() == wanted) {
    ++at_;
    return;
  }
  if (at_ >= text_.size()) fail("the file ends early", where);
  fail(concat("'", wanted, "' expected"), where);
}

bool JsonCursor::accept(char wanted) {
  if (peek() != wanted) return false;
  ++at_;
  return true;
}

std::string_view JsonCursor::string(const std::string& where) {
  if (peek() != '"') fail("a string expected", where);
  const std::size_t begin = ++at_;
  const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
  while (at_ < text_.size() && !special(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return text_.substr(begin, at_++ - begin);
  buffer_.assign(text_.substr(begin, at_ - begin));
  while (at_ < text_.size() && text_[at_] != '"') {
    if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character inside a string", where);
    if (text_[at_] == '\\') {
      escape(where);
    } else {
      buffer_ += text_[at_++];
    }
  }
  if (at_ >= text_.size()) fail("a string without its end", where);
  ++at_;
  return buffer_;
}

void JsonCursor::escape(const std::string& where) {
  static constexpr std::string_view letters = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
  if (++at_ >= text_.size()) fail("a string without its end", where);
  const char letter = text_[at_++];
  if (const auto found = letters.find(letter); found != std::string_view::npos) {
    buffer_ += values[found];
    return;
  }
  if (letter != 'u') fail("an unknown escape in a string", where);
  char32_t value = hex4(where);
  if (value >= 0xD800 && value < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    const char32_t low = hex4(where);
    if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair in a string", where);
    value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
  }
  if (value >= 0xD800 && value <= 0xDFFF) fail("half of a surrogate pair in a string", where);
  append_utf8(buffer_, value);
}

char32_t JsonCursor::hex4(const std::string& where) {
  std::uint32_t value = 0;
  const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 4 || result.ptr != digits.data() + 4) fail("four hexadecimal digits expected after \\u", where);
  at_ += 4;
  return value;
}

std::int64_t JsonCursor::integer(const std::string& where) {
  peek();
  std::int64_t value = 0;
  const char* begin = text_.data() + at_;
  const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
  if (result.ec != std::errc()) fail("a whole number expected", where);
  at_ += static_cast<std::size_t>(result.ptr - begin);
  return value;
}

std::string_view JsonCursor::skip_value(const std::string& where) {
  const char first = peek();
  const std::size_t begin = at_;
  if (first == '"') {
    string(where);
  } else if (first == '{' || first == '[') {
    std::size_t depth = 0;  // brackets are paired loosely: the caller's parser reads the slice again
    do {
      const char c = peek();
      if (c == '\0') fail("the file ends early", where);
      if (c == '"') {
        string(where);
        continue;
      }
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
      ++at_;
    } while (depth > 0);
  } else {
    while (at_ < text_.size() && std::string_view(",]} \n\r\t").find(text_[at_]) == std::string_view::npos) ++at_;
    if (at_ == begin) fail("a value expected", where);
  }
  return text_.substr(begin, at_ - begin);
}

void JsonCursor::finish() {
  peek();
  if (at_ != text_.size()) fail("text after the end of the JSON value", "");
}

}  // namespace polyclinic
