#include "tasks/code_points.h"

#include <algorithm>

namespace polyclinic {

std::string_view CodePoints::slice(std::size_t begin, std::size_t end) const {
  end = std::min(end, size());
  if (begin >= end) return {};
  const std::size_t first = map_.to_byte(begin);
  return text_.substr(first, map_.to_byte(end) - first);
}

std::optional<std::size_t> CodePoints::at_byte(std::size_t byte) const {
  if (byte > text_.size() || !map_.is_boundary(byte)) return std::nullopt;
  return map_.to_code_point(byte);
}

int line_of_byte(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return static_cast<int>(std::count(text.begin(), end, '\n')) + 1;
}

}  // namespace polyclinic
