#pragma once
// Python's slices of a text, by code points: the unit of every official format here.
#include <cstddef>
#include <optional>
#include <string_view>

#include "tasks/example.h"
#include "text/utf8.h"

namespace polyclinic {

// The text must be valid UTF-8 and outlive the object.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text), map_(text) {}
  std::size_t size() const { return map_.code_points(); }
  std::string_view slice(std::size_t begin, std::size_t end) const;  // text[begin:end], clamped as in Python
  std::string_view slice(const Span& span) const { return slice(span.begin, span.end); }
  // Code point that starts at this byte (size() at the end); nothing when the byte is inside one or past the end.
  std::optional<std::size_t> at_byte(std::size_t byte) const;

 private:
  std::string_view text_;
  OffsetMap map_;
};

// Line of a byte offset, 1-based.
int line_of_byte(std::string_view text, std::size_t byte);

}  // namespace polyclinic
