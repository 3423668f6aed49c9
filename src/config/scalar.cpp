#include "config/scalar.h"

#include "config/unicode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace polyclinic {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view strip(std::string_view text) {
  const char* blanks = " \t\n\r\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Decimal digits of a number written in `base`, by schoolbook multiplication in base 10^9.
std::string decimal_digits(std::string_view digits, int base) {
  std::vector<std::uint64_t> limbs = {0};
  for (char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 32) - 'a' + 10;
    std::uint64_t carry = static_cast<std::uint64_t>(digit);
    for (std::uint64_t& limb : limbs) {
      limb = limb * static_cast<std::uint64_t>(base) + carry;
      carry = limb / 1000000000;
      limb %= 1000000000;
    }
    if (carry != 0) limbs.push_back(carry);
  }
  std::string out = std::to_string(limbs.back());
  for (std::size_t i = limbs.size() - 1; i-- > 0;) {
    const std::string part = std::to_string(limbs[i]);
    out += std::string(9 - part.size(), '0') + part;
  }
  return out;
}

// Digits with single underscores between them; appends the digits to `out` and returns what follows.
std::string_view take_digits(std::string_view text, std::string& out) {
  bool after_digit = false;
  while (!text.empty()) {
    if (is_digit(text[0])) {
      out += text[0];
      after_digit = true;
    } else if (text[0] == '_' && after_digit && text.size() > 1 && is_digit(text[1])) {
      after_digit = false;
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
         });
}

}  // namespace

Scalar Scalar::of(bool value) {
  Scalar s;
  s.kind = Kind::boolean;
  s.boolean = value;
  return s;
}

Scalar Scalar::of_integer(std::int64_t value) {
  Scalar s;
  s.kind = Kind::integer;
  s.integer = value;
  return s;
}

Scalar Scalar::of_digits(std::string_view digits, int base, bool negative) {
  std::string text = (negative ? "-" : "") + std::string(digits);
  std::int64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (code == std::errc()) return of_integer(value);
  Scalar s;
  s.kind = Kind::integer;
  s.text = (negative ? "-" : "") + decimal_digits(digits, base);
  return s;
}

Scalar Scalar::of_real(double value) {
  Scalar s;
  s.kind = Kind::real;
  s.real = value;
  return s;
}

Scalar Scalar::of_text(std::string value) {
  Scalar s;
  s.kind = Kind::text;
  s.text = std::move(value);
  return s;
}

double Scalar::as_real() const {
  if (kind == Kind::boolean) return boolean ? 1 : 0;
  if (kind == Kind::real) return real;
  return text.empty() ? static_cast<double>(integer) : std::strtod(text.c_str(), nullptr);
}

bool operator==(const Scalar& a, const Scalar& b) {
  if (a.is_number() && b.is_number()) {
    const bool exact = a.kind != Scalar::Kind::real && b.kind != Scalar::Kind::real;
    if (!exact) return a.as_real() == b.as_real();
    const std::int64_t x = a.kind == Scalar::Kind::boolean ? a.boolean : a.integer;
    const std::int64_t y = b.kind == Scalar::Kind::boolean ? b.boolean : b.integer;
    return a.text == b.text && (!a.text.empty() || x == y);
  }
  return a.kind == b.kind && a.text == b.text;
}

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string scientific(buffer, end);
  const std::size_t e = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + e + 1);
  std::string sign = scientific[0] == '-' ? "-" : "", digits;
  for (char c : scientific.substr(0, e)) {
    if (is_digit(c)) digits += c;
  }
  if (exponent < -4 || exponent >= 16) {
    std::string out = sign + digits.substr(0, 1);
    if (digits.size() > 1) out += "." + digits.substr(1);
    const std::string size = std::to_string(std::abs(exponent));
    return out + (exponent < 0 ? "e-" : "e+") + (size.size() < 2 ? "0" : "") + size;
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string python_str(const Scalar& value) {
  switch (value.kind) {
    case Scalar::Kind::null:
      return "None";
    case Scalar::Kind::boolean:
      return value.boolean ? "True" : "False";
    case Scalar::Kind::integer:
      return value.text.empty() ? std::to_string(value.integer) : value.text;
    case Scalar::Kind::real:
      return float_repr(value.real);
    case Scalar::Kind::text:
      return value.text;
  }
  return {};
}

std::string python_quoted(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (char c : text) {
    const unsigned char u = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (u < 0x20 || u == 0x7f) {
      const char* hex = "0123456789abcdef";
      out += std::string("\\x") + hex[u >> 4] + hex[u & 15];
    } else {
      out += c;
    }
  }
  return out + quote;
}

std::string python_repr(const Scalar& value) { return value.is_text() ? python_quoted(value.text) : python_str(value); }

std::string python_type(const Scalar& value) {
  switch (value.kind) {
    case Scalar::Kind::null:
      return "NoneType";
    case Scalar::Kind::boolean:
      return "bool";
    case Scalar::Kind::integer:
      return "int";
    case Scalar::Kind::real:
      return "float";
    case Scalar::Kind::text:
      return "str";
  }
  return {};
}

bool python_int(std::string_view given, Scalar* value) {
  const std::string ascii = with_ascii_digits(given);
  std::string_view text = strip(ascii);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  if (text.empty() || !take_digits(text, digits).empty() || digits.empty()) return false;
  if (value != nullptr) *value = Scalar::of_digits(digits, 10, negative);
  return true;
}

bool python_float(std::string_view given, double* value) {
  const std::string ascii = with_ascii_digits(given);
  std::string_view text = strip(ascii);
  std::string plain;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    if (text[0] == '-') plain = "-";
    text.remove_prefix(1);
  }
  const double sign = plain.empty() ? 1 : -1;
  if (equal_ignoring_case(text, "inf") || equal_ignoring_case(text, "infinity")) {
    if (value != nullptr) *value = sign * std::numeric_limits<double>::infinity();
    return true;
  }
  if (equal_ignoring_case(text, "nan")) {
    if (value != nullptr) *value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  const std::size_t start = plain.size();
  text = take_digits(text, plain);
  std::size_t digits = plain.size() - start;
  if (!text.empty() && text[0] == '.') {
    plain += '.';
    const std::size_t before = plain.size();
    text = take_digits(text.substr(1), plain);
    digits += plain.size() - before;
  }
  if (digits == 0) return false;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    plain += 'e';
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
      plain += text[0];
      text.remove_prefix(1);
    }
    const std::size_t before = plain.size();
    text = take_digits(text, plain);
    if (plain.size() == before) return false;
  }
  if (!text.empty()) return false;
  if (value != nullptr) *value = std::strtod(plain.c_str(), nullptr);
  return true;
}

}  // namespace polyclinic
