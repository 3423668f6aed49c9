#pragma once
// A pull reader for large JSON files whose bulk has a known shape (a vocabulary of 256,000 entries): no tree is built.
// Small values are cut out with skip_value() and given to nlohmann by the caller.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace polyclinic {

class JsonCursor {
 public:
  // `text` must outlive the cursor; `file` is what errors name.
  JsonCursor(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  // Calls f(key) for each member with the cursor on the member's value, which f must read. `where` is the key path.
  template <typename F>
  void object(const std::string& where, F&& f) {
    expect('{', where);
    if (accept('}')) return;
    do {
      const std::string key(string(where));
      expect(':', where);
      f(key);
    } while (accept(','));
    expect('}', where);
  }
  // As object(), but the key is a view that lives until the next string is read.
  template <typename F>
  void object_of_views(const std::string& where, F&& f) {
    expect('{', where);
    if (accept('}')) return;
    do {
      const std::string_view key = string(where);
      expect(':', where);
      f(key);
    } while (accept(','));
    expect('}', where);
  }
  // Calls f() for each element with the cursor on it.
  template <typename F>
  void array(const std::string& where, F&& f) {
    expect('[', where);
    if (accept(']')) return;
    do {
      f();
    } while (accept(','));
    expect(']', where);
  }

  // The next character that is not white space, unread; '\0' at the end.
  char peek();
  // A view into the text, or into an own buffer when the string has escapes: valid until the next call.
  std::string_view string(const std::string& where);
  std::int64_t integer(const std::string& where);
  // The raw text of the next value, whatever it is.
  std::string_view skip_value(const std::string& where);
  void finish();  // nothing but white space may follow

  std::size_t position() const { return at_; }
  void seek(std::size_t position) { at_ = position; }
  [[noreturn]] void fail(const std::string& what, const std::string& where) const;

 private:
  void expect(char wanted, const std::string& where);
  bool accept(char wanted);
  void escape(const std::string& where);
  char32_t hex4(const std::string& where);

  std::string_view text_;
  std::string file_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace polyclinic
