// The pattern of Llama-3, alternative by alternative. Linear in the text, also on long runs of blanks.
#include "text/character_class.h"
#include "text/pattern.h"
#include "text/utf8.h"

namespace polyclinic {

const char* const llama3_expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

struct Character {
  std::size_t end;
  std::uint8_t classes;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {at + 1, detail::ascii_classes[first]};
  const CodePoint point = code_point_at(text, at);
  return {at + point.length, character_classes(point.value)};
}

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

// Takes characters while `wanted` holds for their classes.
template <typename Wanted>
std::size_t skip(std::string_view text, std::size_t at, Wanted wanted) {
  while (at < text.size()) {
    const Character character = character_at(text, at);
    if (!wanted(character.classes)) break;
    at = character.end;
  }
  return at;
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d), `at` on the apostrophe. U+017F folds to s.
std::size_t contraction_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 1);
  const auto lower = [&](std::size_t i) -> char {
    if (i >= rest.size()) return '\0';
    return rest[i] >= 'A' && rest[i] <= 'Z' ? static_cast<char>(rest[i] + 32) : rest[i];
  };
  const char first = lower(0), second = lower(1);
  if (first == 's' || first == 't') return at + 2;
  if ((first == 'r' || first == 'v') && second == 'e') return at + 3;
  if (first == 'm') return at + 2;
  if (first == 'l' && second == 'l') return at + 3;
  if (first == 'd') return at + 2;
  if (rest.substr(0, 2) == "\xC5\xBF") return at + 3;
  return at;
}

// \s*[\r\n]+|\s+(?!\S)|\s+
std::size_t white_space_end(std::string_view text, std::size_t at) {
  std::size_t end = at, last_begin = at, after_line_end = 0;
  while (end < text.size()) {
    const Character character = character_at(text, end);
    if (!(character.classes & space_class)) break;
    if (is_line_end(text[end])) after_line_end = character.end;
    last_begin = end;
    end = character.end;
  }
  if (after_line_end > 0) return after_line_end;
  return end == text.size() || last_begin == at ? end : last_begin;
}

}  // namespace

std::size_t llama3_match_end(std::string_view text, std::size_t at) {
  const auto is_letter = [](std::uint8_t classes) { return (classes & letter_class) != 0; };
  const auto is_symbol = [](std::uint8_t classes) { return classes == 0; };
  const Character first = character_at(text, at);
  if (first.classes & letter_class) return skip(text, first.end, is_letter);
  if (first.classes & number_class) {
    std::size_t end = first.end;
    for (int digits = 1; digits < 3 && end < text.size(); ++digits) {
      const Character character = character_at(text, end);
      if (!(character.classes & number_class)) break;
      end = character.end;
    }
    return end;
  }
  if (text[at] == '\'') {
    if (const std::size_t end = contraction_end(text, at); end > at) return end;
  }
  const bool has_next = first.end < text.size();
  const Character next = has_next ? character_at(text, first.end) : Character{first.end, space_class};
  if (!is_line_end(text[at]) && (next.classes & letter_class)) return skip(text, next.end, is_letter);
  if (is_symbol(first.classes) || (text[at] == ' ' && has_next && is_symbol(next.classes))) {
    std::size_t end = skip(text, first.end, is_symbol);
    while (end < text.size() && is_line_end(text[end])) ++end;
    return end;
  }
  return white_space_end(text, at);
}

}  // namespace polyclinic
