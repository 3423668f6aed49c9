#include "tasks/measeval_unit.h"

#include <algorithm>
#include <array>
#include <vector>

#include "text/utf8.h"

namespace polyclinic {
namespace {

using Text = std::vector<char32_t>;

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Letters that units are written with: Latin, Greek, micro, Angstrom.
bool is_letter(char32_t c) {
  return is_ascii_letter(c) || c == 0xB5 || (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7) ||
         (c >= 0x370 && c < 0x400) || c == 0x212B;
}
bool is_sign(char32_t c) { return c == '-' || c == '+' || c == 0x2212 || c == 0x2013; }

// Do the digits at `at` belong to a name or to the exponent of a unit?
bool belongs_to_unit(const Text& text, std::size_t at) {
  if (at == 0) return false;
  std::size_t before = at - 1;
  if (text[before] == ' ' && before > 0 && is_sign(text[before - 1])) --before;  // "cm− 1"
  if (!is_sign(text[before])) return is_letter(text[at - 1]);
  return before > 0 && (is_letter(text[before - 1]) || text[before - 1] == '%');
}

// Where the last number ends; 0 when there is none.
std::size_t numbers_end(const Text& text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    std::size_t last = at;
    const auto goes_on = [&](std::size_t i) {
      if (i >= text.size()) return false;
      return is_digit(text[i]) || ((text[i] == '.' || text[i] == ',') && i + 1 < text.size() && is_digit(text[i + 1]));
    };
    while (goes_on(last)) ++last;
    if (!belongs_to_unit(text, at)) end = last;
    at = last - 1;
  }
  return end;
}

constexpr std::array kNumberWords = {
    "a",      "an",   "both",    "dozen",    "dozens",  "eight",    "eleven",    "few",   "fifty",  "five",    "forty",
    "four",   "half", "hundred", "hundreds", "million", "millions", "nine",      "of",    "one",    "several", "seven",
    "single", "six",  "ten",     "tens",     "thirty",  "thousand", "thousands", "three", "twelve", "twenty",  "two"};

// Where the last number word ends; 0 when there is none.
std::size_t number_words_end(const Text& text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string word;
    std::size_t last = at;
    for (; last < text.size() && is_ascii_letter(text[last]); ++last) word += static_cast<char>(text[last] | 0x20);
    if (word.empty()) continue;
    if (std::find(kNumberWords.begin(), kNumberWords.end(), word) != kNumberWords.end()) end = last;
    at = last - 1;
  }
  return end;
}

// "(4)", an uncertainty of the last digit.
std::size_t after_uncertainty(const Text& text, std::size_t at) {
  if (at >= text.size() || text[at] != '(') return at;
  std::size_t end = at + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end > at + 1 && end < text.size() && text[end] == ')' ? end + 1 : at;
}

}  // namespace

std::string unit_shown(std::string_view quantity) {
  Text text;
  for (std::size_t at = 0; at < quantity.size();) {
    const CodePoint point = code_point_at(quantity, at);
    text.push_back(point.value);
    at += point.length;
  }
  std::size_t begin = numbers_end(text);
  if (begin == 0) begin = number_words_end(text);
  if (begin == 0) return "";
  begin = after_uncertainty(text, begin);
  std::size_t end = text.size();
  const auto is_mark = [](char32_t c) {
    return c == ' ' || c == ',' || c == '(' || c == ')' || c == '~' || c == 0xB1 || is_sign(c);
  };
  while (begin < end && is_mark(text[begin])) ++begin;
  while (end > begin && (is_mark(text[end - 1]) || text[end - 1] == '.')) --end;
  std::string unit;
  for (std::size_t at = begin; at < end; ++at) append_utf8(unit, text[at]);
  return unit;
}

}  // namespace polyclinic
