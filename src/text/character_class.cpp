#include "text/character_class.h"

#include <unicode/uchar.h>

namespace polyclinic {
namespace {

struct Addition {
  char32_t first;
  char32_t last;
  CharacterClass character_class;
};
// Letters and numbers of Unicode 15.1 and 16.0, which HF's regular expressions know and ICU 72 does not.
constexpr Addition additions[] = {
    {0x1C89, 0x1C8A, letter_class},   {0xA7CB, 0xA7CD, letter_class},   {0xA7DA, 0xA7DC, letter_class},
    {0x105C0, 0x105F3, letter_class}, {0x10D40, 0x10D49, number_class}, {0x10D4A, 0x10D65, letter_class},
    {0x10D6F, 0x10D85, letter_class}, {0x10EC2, 0x10EC4, letter_class}, {0x11380, 0x11389, letter_class},
    {0x1138B, 0x1138B, letter_class}, {0x1138E, 0x1138E, letter_class}, {0x11390, 0x113B5, letter_class},
    {0x113B7, 0x113B7, letter_class}, {0x113D1, 0x113D1, letter_class}, {0x113D3, 0x113D3, letter_class},
    {0x116D0, 0x116E3, number_class}, {0x11BC0, 0x11BE0, letter_class}, {0x11BF0, 0x11BF9, number_class},
    {0x13460, 0x143FA, letter_class}, {0x16100, 0x1611D, letter_class}, {0x16130, 0x16139, number_class},
    {0x16D40, 0x16D6C, letter_class}, {0x16D70, 0x16D79, number_class}, {0x18CFF, 0x18CFF, letter_class},
    {0x1CCF0, 0x1CCF9, number_class}, {0x1E5D0, 0x1E5ED, letter_class}, {0x1E5F0, 0x1E5F0, letter_class},
    {0x1E5F1, 0x1E5FA, number_class}, {0x2EBF0, 0x2EE5D, letter_class}};

std::uint8_t added_class(char32_t value) {
  for (const Addition& addition : additions) {
    if (value >= addition.first && value <= addition.last) return addition.character_class;
  }
  return 0;
}

}  // namespace

std::uint8_t detail::unicode_classes(char32_t value) {
  const auto c = static_cast<UChar32>(value);
  const auto mask = U_GET_GC_MASK(c);
  if (mask & U_GC_L_MASK) return letter_class;
  if (mask & U_GC_N_MASK) return number_class;
  if (u_isUWhiteSpace(c)) return space_class;
  return (mask & U_GC_CN_MASK) ? added_class(value) : 0;
}

bool is_word_character(char32_t value) {
  const auto c = static_cast<UChar32>(value);
  return u_isUAlphabetic(c) || (U_GET_GC_MASK(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) ||
         u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL);
}

}  // namespace polyclinic
