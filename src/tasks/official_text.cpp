#include "tasks/official_text.h"

#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "core/concat.h"

namespace polyclinic {

std::string printf_text(const char* format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  std::string text;
  if (size < static_cast<int>(sizeof buffer)) {
    text.assign(buffer, static_cast<std::size_t>(size));
  } else {
    text.resize(static_cast<std::size_t>(size));
    std::vsnprintf(text.data(), text.size() + 1, format, again);
  }
  va_end(again);
  return text;
}

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto scientific = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string text(buffer, scientific.ptr);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  if (value != 0 && (exponent < -4 || exponent >= 16)) return text;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  std::string plain(buffer, fixed.ptr);
  if (plain.find('.') == std::string::npos) plain += ".0";
  return plain;
}

namespace {
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
}  // namespace

std::string_view strip(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<double> python_float(std::string_view text) {
  std::string_view number = strip(text);
  if (number.find('(') != std::string_view::npos) return std::nullopt;  // nan(...)
  if (!number.empty() && number.front() == '+') {
    number.remove_prefix(1);
    if (!number.empty() && number.front() == '-') return std::nullopt;
  }
  double value = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || result.ptr != number.data() + number.size()) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) return std::strtod(std::string(number).c_str(), nullptr);  // inf, 0
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<long long> python_int(std::string_view text) {
  std::string_view number = strip(text);
  if (!number.empty() && number.front() == '+') {
    number.remove_prefix(1);
    if (!number.empty() && number.front() == '-') return std::nullopt;
  }
  long long value = 0;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || result.ec != std::errc() || result.ptr != number.data() + number.size()) return std::nullopt;
  return value;
}

std::string_view next_word(std::string_view& text) {
  const char* at = text.data();
  const char* const stop = at + text.size();
  while (at < stop && is_blank(*at)) ++at;
  const char* end = at;
  while (end < stop && !is_blank(*end)) ++end;
  text = {end, static_cast<std::size_t>(stop - end)};
  return {at, static_cast<std::size_t>(end - at)};
}

std::vector<std::string_view> split_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) words.push_back(word);
  return words;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  parts.push_back(text.substr(at));
  return parts;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  lines.reserve(text.size() / 32 + 1);
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    Line line{static_cast<int>(lines.size()) + 1, text.substr(at, end - at), false};
    if (!line.text.empty() && line.text.back() == '\r') {
      line.text.remove_suffix(1);
      line.carriage_return = true;
    }
    lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

}  // namespace polyclinic
