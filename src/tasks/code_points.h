#pragma once
// UTF-8 text addressed by code points, the unit of every official format here.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/example.h"

namespace polyclinic {

// Byte offset of the first byte that is no valid UTF-8 (overlong forms and surrogates included), if any.
std::optional<std::size_t> invalid_utf8(std::string_view text);

// Number of code points of valid UTF-8.
std::size_t count_code_points(std::string_view text);

// Index of a text's code points. The text must be valid UTF-8 and outlive the index.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text);
  std::size_t size() const { return starts_.size() - 1; }                     // in code points
  std::size_t byte(std::size_t position) const { return starts_[position]; }  // position <= size()
  std::string_view slice(std::size_t begin, std::size_t end) const;           // text[begin:end]; clamped like Python
  // Code point that starts at this byte; nothing when the byte is inside one or past the end.
  std::optional<std::size_t> at_byte(std::size_t byte) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

}  // namespace polyclinic
