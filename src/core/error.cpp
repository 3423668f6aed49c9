#include "core/error.h"

#include "core/concat.h"
#include "core/one_line.h"

namespace polyclinic {

std::string to_string(const Where& where) {
  std::string text = where.file;
  if (where.line > 0) text += concat(text.empty() ? "line " : ":", where.line);
  if (where.column > 0) text += concat(":", where.column);
  if (!where.key.empty()) text += concat(text.empty() ? "" : ": ", where.key);
  return text;
}

std::string on_one_line(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else {
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

namespace {
std::string one_line(const std::string& what, const Where& where, const std::string& mend) {
  const std::string place = to_string(where);
  std::string text = place.empty() ? what : concat(place, ": ", what);
  if (!mend.empty()) text += concat("; ", mend);
  return on_one_line(text);
}
}  // namespace

Error::Error(ExitCode code, const std::string& what, const Where& where, const std::string& mend)
    : std::runtime_error(one_line(what, where, mend)), code_(code), where_(where) {}

}  // namespace polyclinic
