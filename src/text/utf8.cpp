#include "text/utf8.h"

#include <cstring>
#include <stdexcept>

#include "core/concat.h"

namespace polyclinic {
namespace {

constexpr std::size_t code_point_step = 32;
constexpr std::size_t byte_step = 64;

std::size_t skip_ascii(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080ull) break;
    at += 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

struct Sequence {
  bool valid;
  std::size_t length;  // of the sequence, or of the maximal ill-formed subpart
};

// Unicode 15, table 3-7. `at` is a byte above 0x7F.
Sequence sequence_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;  // range of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {false, 1};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {false, i};
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if (byte < low || byte > high) return {false, i};
    low = 0x80;
    high = 0xBF;
  }
  return {true, length};
}

}  // namespace

void append_utf8(std::string& out, char32_t value) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | (value >> 6));
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

std::optional<std::size_t> first_invalid_byte(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const Sequence sequence = sequence_at(text, at);
    if (!sequence.valid) return at;
    at += sequence.length;
  }
  return std::nullopt;
}

void require_utf8(std::string_view text, const Where& where) {
  if (const auto at = first_invalid_byte(text)) {
    throw InputError(concat("text is not UTF-8: byte ", *at, " is wrong"), where, "convert the file to UTF-8");
  }
}

Replaced replace_invalid(std::string_view text) {
  Replaced out{std::string(), 0};
  out.text.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = skip_ascii(text, at);
    out.text.append(text.substr(at, end - at));
    if (end == text.size()) break;
    const Sequence sequence = sequence_at(text, end);
    if (sequence.valid) {
      out.text.append(text.substr(end, sequence.length));
    } else {
      append_utf8(out.text, 0xFFFD);
      ++out.replacements;
    }
    at = end + sequence.length;
  }
  return out;
}

std::size_t count_code_points(std::string_view valid_text) {
  std::size_t count = 0;
  for (const char c : valid_text) count += !is_continuation_byte(c);
  return count;
}

OffsetMap::OffsetMap(std::string_view valid_text) : text_(valid_text) {
  ascii_ = skip_ascii(text_, 0) == text_.size();
  if (ascii_) {
    code_points_ = text_.size();
    return;
  }
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (at % byte_step == 0) code_point_of_.push_back(code_points_);
    if (is_continuation_byte(text_[at])) continue;
    if (code_points_ % code_point_step == 0) byte_of_.push_back(at);
    ++code_points_;
  }
}

std::size_t OffsetMap::to_byte(std::size_t code_point) const {
  if (code_point > code_points_) {
    throw std::out_of_range(concat("code point ", code_point, " of a text of ", code_points_));
  }
  if (ascii_) return code_point;
  if (code_point == code_points_) return text_.size();
  std::size_t at = byte_of_[code_point / code_point_step];
  for (std::size_t left = code_point % code_point_step; left > 0; --left) at += code_point_at(text_, at).length;
  return at;
}

std::size_t OffsetMap::to_code_point(std::size_t byte) const {
  if (byte > text_.size()) throw std::out_of_range(concat("byte ", byte, " of a text of ", text_.size()));
  if (ascii_) return byte;
  if (byte == text_.size()) return code_points_;
  const std::size_t block = byte / byte_step;
  std::size_t begun = code_point_of_[block];  // code points that begin before the block
  for (std::size_t at = block * byte_step; at <= byte; ++at) begun += !is_continuation_byte(text_[at]);
  return begun - 1;
}

}  // namespace polyclinic
