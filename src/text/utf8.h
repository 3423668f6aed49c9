#pragma once
// UTF-8: validation, code points and the crossing between code point offsets and byte offsets.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace polyclinic {

struct CodePoint {
  char32_t value;
  std::size_t length;  // bytes, 1 to 4
};

// The code point that starts at `at`. `text` must be valid UTF-8 and `at` a code point's first byte, below text.size().
inline CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[at + i])); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {((lead & 0x1F) << 6) | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {((lead & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F), 3};
  return {((lead & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F), 4};
}

inline bool is_continuation_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Appends the UTF-8 form of a Unicode scalar value.
void append_utf8(std::string& out, char32_t value);

// Offset of the first byte that no well-formed sequence explains (Unicode 15, table 3-7), or nothing when `text` is
// valid. Overlong forms, surrogates and values above U+10FFFF are not well-formed.
std::optional<std::size_t> first_invalid_byte(std::string_view text);

// InputError that names the byte offset when `text` is not valid UTF-8.
void require_utf8(std::string_view text, const Where& where);

// Each maximal ill-formed subpart becomes one U+FFFD (Unicode 15, section 3.9; what Python's errors="replace" does).
struct Replaced {
  std::string text;
  std::size_t replacements;
};
Replaced replace_invalid(std::string_view text);

std::size_t count_code_points(std::string_view valid_text);

// Code point offset <-> byte offset of one valid text. Both look-ups take constant time: for ASCII text they are the
// identity and nothing is stored, otherwise one byte offset per 32 code points and one code point offset per 64 bytes.
// Holds a view: the text must outlive the map.
class OffsetMap {
 public:
  explicit OffsetMap(std::string_view valid_text);
  std::size_t code_points() const { return code_points_; }
  std::size_t bytes() const { return text_.size(); }
  // Byte offset of a code point; code_points() maps to bytes(). Beyond that: std::out_of_range.
  std::size_t to_byte(std::size_t code_point) const;
  // Code point that holds a byte (a byte inside a code point counts as that code point); bytes() maps to code_points().
  std::size_t to_code_point(std::size_t byte) const;
  bool is_boundary(std::size_t byte) const { return byte >= text_.size() || !is_continuation_byte(text_[byte]); }

 private:
  std::string_view text_;
  std::size_t code_points_ = 0;
  bool ascii_ = true;
  std::vector<std::size_t> byte_of_;        // of each 32nd code point
  std::vector<std::size_t> code_point_of_;  // code points that begin before each 64th byte
};

}  // namespace polyclinic
