#include "text/sentences.h"

#include <algorithm>
#include <array>
#include <string>

namespace polyclinic {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
bool is_closing(char c) { return c == ')' || c == ']' || c == '"' || c == '\''; }

// Followed by a name or a number, also on the next line. Sorted.
constexpr std::array<std::string_view, 15> titles = {"approx", "dr",   "drs", "e.g", "fig", "i.e", "mr", "mrs",
                                                     "ms",     "prof", "pt",  "pts", "st",  "vs",  "wt"};

// "- ", "* ", "• ", "1. ", "12) " at the start of a line.
bool is_list_item(std::string_view line) {
  if (line.starts_with("\xE2\x80\xA2")) return true;
  if (line.size() > 1 && (line[0] == '-' || line[0] == '*' || line[0] == '#'))
    return is_blank(line[1]) || is_digit(line[1]);
  std::size_t at = 0;
  while (at < line.size() && at < 3 && is_digit(line[at])) ++at;
  return at > 0 && at + 1 < line.size() && (line[at] == '.' || line[at] == ')') && is_blank(line[at + 1]);
}

// "Chief Complaint:", "HISTORY OF PRESENT ILLNESS:": a capital, few words, a colon.
bool is_header(std::string_view line) {
  if (line.empty() || !is_upper(line[0])) return false;
  for (std::size_t at = 0; at < std::min<std::size_t>(line.size(), 60); ++at) {
    if (line[at] == ':') return at > 1 && (at + 1 == line.size() || is_blank(line[at + 1]));
    const bool fits = is_letter(line[at]) || is_digit(line[at]) ||
                      std::string_view(" /&()-").find(line[at]) != std::string_view::npos;
    if (!fits) return false;
  }
  return false;
}

// Whether the point at `point` belongs to an abbreviation, so that no sentence ends there.
bool is_abbreviation(std::string_view text, std::size_t point, std::size_t next, bool line_ends) {
  std::size_t begin = point;
  while (begin > 0 && point - begin < 24 &&
         (is_letter(text[begin - 1]) || is_digit(text[begin - 1]) || text[begin - 1] == '.')) {
    --begin;
  }
  std::string word(text.substr(begin, point - begin));
  if (word.empty()) return false;
  const bool initial = word.size() == 1 && is_upper(word[0]);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; });
  if (word == "no") return is_digit(text[next]);  // a number, or an answer
  if (std::binary_search(titles.begin(), titles.end(), std::string_view(word))) return true;
  if (line_ends) return false;
  const bool dotted = word.size() >= 3 && is_letter(word[0]) && word[1] == '.';  // q.d, b.i.d, p.o
  const bool number =
      std::all_of(word.begin(), word.end(), is_digit) && word.size() <= 3 && (begin == 0 || text[begin - 1] == '\n');
  return initial || dotted || number;
}

// `end` is the end of the last non-blank character before the white space [end, next).
bool begins_sentence(std::string_view text, std::size_t end, std::size_t next) {
  const std::string_view gap = text.substr(end, next - end);
  const auto lines = std::count(gap.begin(), gap.end(), '\n') +
                     (gap.find('\n') == std::string_view::npos ? std::count(gap.begin(), gap.end(), '\r') : 0);
  if (lines >= 2) return true;
  const std::string_view rest = text.substr(next, std::min(text.find_first_of("\r\n", next), text.size()) - next);
  if (lines == 1 && (is_list_item(rest) || is_header(rest) || text[end - 1] == ':')) return true;
  std::size_t mark = end;
  while (mark > 0 && is_closing(text[mark - 1])) --mark;
  if (mark == 0 || std::string_view(".!?").find(text[mark - 1]) == std::string_view::npos) return false;
  const char first = text[next];
  const bool opens = is_upper(first) || is_digit(first) || first == '(' || first == '[' || first == '"' ||
                     static_cast<unsigned char>(first) >= 0x80;
  if (!opens) return false;
  return text[mark - 1] != '.' || !is_abbreviation(text, mark - 1, next, lines == 1);
}

}  // namespace

std::vector<std::size_t> sentence_begins(std::string_view text) {
  std::vector<std::size_t> begins;
  if (text.empty()) return begins;
  begins.push_back(0);
  std::size_t at = 0;
  while (at < text.size() && is_blank(text[at])) ++at;
  while (at < text.size()) {
    while (at < text.size() && !is_blank(text[at])) ++at;
    const std::size_t end = at;
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at < text.size() && begins_sentence(text, end, at)) begins.push_back(at);
  }
  return begins;
}

std::vector<ByteRange> sentences(std::string_view text) {
  const std::vector<std::size_t> begins = sentence_begins(text);
  std::vector<ByteRange> ranges;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    ranges.push_back({begins[i], i + 1 < begins.size() ? begins[i + 1] : text.size()});
  }
  return ranges;
}

}  // namespace polyclinic
