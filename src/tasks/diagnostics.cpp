#include "tasks/diagnostics.h"

#include "core/concat.h"
#include "core/one_line.h"

namespace polyclinic {

std::string to_string(const Diagnostic& diagnostic) {
  const std::string place = to_string(diagnostic.where);
  std::string text = place.empty() ? diagnostic.what : concat(place, ": ", diagnostic.what);
  if (!diagnostic.mend.empty()) text += concat("; ", diagnostic.mend);
  return on_one_line(text);
}

void Diagnostics::error(const std::string& what, const Where& where, const std::string& mend) {
  if (mode_ == Mode::throw_first_error) throw InputError(what, where, mend);
  items_.push_back({Severity::error, where, what, mend});
  ++errors_;
}

void Diagnostics::warning(const std::string& what, const Where& where, const std::string& mend) {
  items_.push_back({Severity::warning, where, what, mend});
}

}  // namespace polyclinic
