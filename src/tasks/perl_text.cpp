#include "tasks/perl_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace polyclinic {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// One past the last character of the number at the beginning of `text`, which has neither blanks nor a sign; 0: none.
std::size_t number_length(std::string_view text) {
  const std::size_t whole = digits(text, 0);
  std::size_t end = whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = digits(text, end + 1);
    if (whole == 0 && fraction == end + 1) return 0;
    end = fraction;
  }
  if (end == 0) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (const std::size_t last = digits(text, exponent); last > exponent) end = last;
  }
  return end;
}

}  // namespace

long double perl_number(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r\f\v");
  if (first == std::string_view::npos) return 0;
  text.remove_prefix(first);
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const std::string start = ascii_lower(text.substr(0, 3));
  double value = 0;
  if (start == "inf") {
    value = std::numeric_limits<double>::infinity();
  } else if (start == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  } else if (const std::size_t length = number_length(text); length > 0) {
    const char* const end = text.data() + length;
    std::uint64_t whole = 0;
    if (const auto exact = std::from_chars(text.data(), end, whole); exact.ptr == end && exact.ec == std::errc()) {
      return negative ? -static_cast<long double>(whole) : static_cast<long double>(whole);
    }
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec == std::errc::result_out_of_range) {
      const std::string_view shown = text.substr(0, length);
      const bool tiny = shown.find("e-") != std::string_view::npos || shown.find("E-") != std::string_view::npos;
      value = tiny ? 0 : std::numeric_limits<double>::infinity();
    }
  }
  return negative ? -value : value;
}

std::vector<std::string_view> perl_split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> fields;
  perl_split(text, separator, fields);
  return fields;
}

void perl_split(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields) {
  perl_split_to_scalars(text, separator, fields);
  while (!fields.empty() && fields.back().empty()) fields.pop_back();
}

void perl_split_to_scalars(std::string_view text, std::string_view separator, std::vector<std::string_view>& fields) {
  fields.clear();
  if (text.empty()) return;
  std::size_t at = 0;
  for (std::size_t next = text.find(separator); next != std::string_view::npos; next = text.find(separator, at)) {
    fields.push_back(text.substr(at, next - at));
    at = next + separator.size();
  }
  fields.push_back(text.substr(at));
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace polyclinic
