#include "text/character_map.h"

#include <algorithm>

#include "text/utf8.h"

namespace polyclinic {
namespace {

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

std::size_t offset_of(std::uint32_t unit) { return static_cast<std::size_t>(unit >> 10) << ((unit >> 6) & 8); }

}  // namespace

CharacterMap::CharacterMap(std::string_view compiled, const Where& where) {
  const std::size_t size = compiled.size() < 4 ? 0 : word_at(compiled, 0);
  if (size == 0 || size % 4 != 0 || size > compiled.size() - 4) {
    throw InputError("the compiled character map is malformed", where, "download the file again");
  }
  for (std::size_t at = 4; at < 4 + size; at += 4) units_.push_back(word_at(compiled, at));
  replacements_ = compiled.substr(4 + size);
  require_utf8(replacements_, where);
}

std::optional<CharacterMap::Match> CharacterMap::longest(std::string_view text, std::size_t at) const {
  std::optional<Match> found;
  if (units_.empty()) return found;
  std::size_t node = offset_of(units_[0]);
  for (std::size_t i = at; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (node >= units_.size() || (units_[node] & 0x800000FF) != byte) break;
    const std::uint32_t unit = units_[node];
    node ^= offset_of(unit);
    if ((unit & 0x100) == 0 || node >= units_.size()) continue;
    const std::size_t begin = units_[node] & 0x7FFFFFFF;
    const bool whole = i + 1 == text.size() || !is_continuation_byte(text[i + 1]);
    if (!whole || begin >= replacements_.size() || is_continuation_byte(replacements_[begin])) continue;
    const std::size_t end = std::min(replacements_.find('\0', begin), replacements_.size());
    found = Match{i + 1 - at, std::string_view(replacements_).substr(begin, end - begin)};
  }
  return found;
}

}  // namespace polyclinic
