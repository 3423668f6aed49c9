#include "eval/words.h"

#include "text/utf8.h"

namespace polyclinic {
namespace {

bool joins(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

}  // namespace

std::vector<Word> words_of(const std::string& text) {
  std::vector<Word> words;
  bool open = false;
  std::size_t position = 0;
  for (std::size_t at = 0; at < text.size(); ++position) {
    const CodePoint point = code_point_at(text, at);
    const bool blank = point.value == ' ' || (point.value >= 9 && point.value <= 13) || point.value == 0xA0;
    if (!blank) {
      if (!open || !joins(point.value)) words.push_back({"", {position, position}});
      for (std::size_t i = 0; i < point.length; ++i) {
        const char c = text[at + i];
        words.back().folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
      words.back().span.end = position + 1;
    }
    open = !blank && joins(point.value);
    at += point.length;
  }
  return words;
}

}  // namespace polyclinic
