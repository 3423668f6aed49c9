#include "core/error.h"

#include "core/concat.h"

namespace polyclinic {

std::string to_string(const Where& where) {
  std::string text = where.file;
  if (where.line > 0) text += concat(text.empty() ? "line " : ":", where.line);
  if (where.column > 0) text += concat(":", where.column);
  if (!where.key.empty()) text += concat(text.empty() ? "" : ": ", where.key);
  return text;
}

namespace {
std::string one_line(const std::string& what, const Where& where, const std::string& mend) {
  const std::string place = to_string(where);
  std::string text = place.empty() ? what : concat(place, ": ", what);
  if (!mend.empty()) text += concat("; ", mend);
  return text;
}
}  // namespace

Error::Error(ExitCode code, const std::string& what, const Where& where, const std::string& mend)
    : std::runtime_error(one_line(what, where, mend)), code_(code), where_(where) {}

}  // namespace polyclinic
