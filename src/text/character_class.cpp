#include "text/character_class.h"

#include <unicode/uchar.h>

namespace polyclinic {

std::uint8_t detail::unicode_classes(char32_t value) {
  const auto c = static_cast<UChar32>(value);
  const auto mask = U_GET_GC_MASK(c);
  if (mask & U_GC_L_MASK) return letter_class;
  if (mask & U_GC_N_MASK) return number_class;
  return u_isUWhiteSpace(c) ? space_class : 0;
}

bool is_word_character(char32_t value) {
  const auto c = static_cast<UChar32>(value);
  return u_isUAlphabetic(c) || (U_GET_GC_MASK(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) ||
         u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL);
}

}  // namespace polyclinic
