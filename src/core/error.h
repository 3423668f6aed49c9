#pragma once
// Errors that a user reads: one line with what, where and the mend. Nothing else may leave a verb (design.md, section
// 9).
#include <stdexcept>
#include <string>

namespace polyclinic {

// Exit codes of the program: design.md, section 9.
enum class ExitCode : int { done = 0, failed = 1, bad_input = 2, interrupted = 130, terminated = 143 };

// Where something stands: any member may be empty (line and column: 0 = unknown, else 1-based).
struct Where {
  std::string file;
  int line = 0;
  int column = 0;
  std::string key;  // configuration key, tensor name, identifier
};

// "file:line:column: key", without the parts that are empty.
std::string to_string(const Where& where);

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what, const Where& where = {}, const std::string& mend = "");
  ExitCode code() const { return code_; }
  const Where& where() const { return where_; }

 private:
  ExitCode code_;
  Where where_;
};

// Exit 2: the user's file, option or text is wrong.
class InputError : public Error {
 public:
  explicit InputError(const std::string& what, const Where& where = {}, const std::string& mend = "")
      : Error(ExitCode::bad_input, what, where, mend) {}
};

// Exit 1: the program could not do it (disk full, divergence, missing kernel).
class FailedError : public Error {
 public:
  explicit FailedError(const std::string& what, const Where& where = {}, const std::string& mend = "")
      : Error(ExitCode::failed, what, where, mend) {}
};

}  // namespace polyclinic
