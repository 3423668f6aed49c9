#pragma once
// Unicode classes that tokenizers' patterns ask for (ICU's data behind an ASCII table).
#include <array>
#include <cstdint>

namespace polyclinic {

enum CharacterClass : std::uint8_t { letter_class = 1, number_class = 2, space_class = 4 };

namespace detail {
constexpr std::array<std::uint8_t, 128> make_ascii_classes() {
  std::array<std::uint8_t, 128> classes{};
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 32] = letter_class;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = number_class;
  for (unsigned c = '\t'; c <= '\r'; ++c) classes[c] = space_class;
  classes[' '] = space_class;
  return classes;
}
inline constexpr std::array<std::uint8_t, 128> ascii_classes = make_ascii_classes();
std::uint8_t unicode_classes(char32_t value);
}  // namespace detail

// Any of letter_class (\p{L}), number_class (\p{N}), space_class (White_Space); 0 for everything else.
inline std::uint8_t character_classes(char32_t value) {
  return value < 128 ? detail::ascii_classes[value] : detail::unicode_classes(value);
}
bool is_word_character(char32_t value);  // \w of Unicode regular expressions

}  // namespace polyclinic
