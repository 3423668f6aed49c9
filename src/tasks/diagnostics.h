#pragma once
// Defects of a user's files. A reader reports each defect and goes on; who calls it decides whether the first error
// stops it (training, scoring) or all are listed (`polyclinic data check`).
#include <cstddef>
#include <string>
#include <vector>

#include "core/error.h"

namespace polyclinic {

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  Where where;
  std::string what;
  std::string mend;
};

// "file:line: what; mend", without the parts that are empty.
std::string to_string(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  enum class Mode { throw_first_error, collect };
  explicit Diagnostics(Mode mode = Mode::throw_first_error) : mode_(mode) {}

  // Throws InputError in mode throw_first_error; otherwise keeps it, and the reader leaves the defective item out.
  void error(const std::string& what, const Where& where = {}, const std::string& mend = "");
  // Kept in both modes: the item is usable.
  void warning(const std::string& what, const Where& where = {}, const std::string& mend = "");

  const std::vector<Diagnostic>& items() const { return items_; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return items_.size() - errors_; }

 private:
  Mode mode_;
  std::vector<Diagnostic> items_;
  std::size_t errors_ = 0;
};

}  // namespace polyclinic
