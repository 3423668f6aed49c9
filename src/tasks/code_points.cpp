#include "tasks/code_points.h"

#include <algorithm>

namespace polyclinic {
namespace {

// Length of the sequence that starts at `at`, 0 when it is invalid (RFC 3629, table in section 4).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return 4;
  }
  return 0;
}

bool is_start(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::optional<std::size_t> invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_start));
}

CodePoints::CodePoints(std::string_view text) : text_(text) {
  starts_.reserve(text.size() + 1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_start(text[at])) starts_.push_back(at);
  }
  starts_.push_back(text.size());
}

std::string_view CodePoints::slice(std::size_t begin, std::size_t end) const {
  begin = std::min(begin, size());
  end = std::max(begin, std::min(end, size()));
  return text_.substr(starts_[begin], starts_[end] - starts_[begin]);
}

std::optional<std::size_t> CodePoints::at_byte(std::size_t byte) const {
  const auto found = std::lower_bound(starts_.begin(), starts_.end(), byte);
  if (found == starts_.end() || *found != byte) return std::nullopt;
  return static_cast<std::size_t>(found - starts_.begin());
}

}  // namespace polyclinic
