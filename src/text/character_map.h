#pragma once
// SentencePiece's compiled character map: a double-array trie from stretches of text to their replacements.
// Format: its length in bytes (32 bits), the trie's units of 32 bits, the replacements with a NUL after each. A unit as
// in Darts: bits 0-7 label, 8 has a value below, 9 offset scale, 10-31 offset; a value unit has bit 31 set.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace polyclinic {

class CharacterMap {
 public:
  CharacterMap() = default;  // changes nothing
  // InputError with `where` when the bytes are no such map.
  CharacterMap(std::string_view compiled, const Where& where);

  struct Match {
    std::size_t length;  // bytes of the text, whole characters
    std::string_view replacement;
  };
  // The longest rule that fits `text` at `at`.
  std::optional<Match> longest(std::string_view text, std::size_t at) const;

 private:
  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace polyclinic
