#include "config/yaml_scalar.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace polyclinic {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// A tiny cursor over the text: each take_* moves past what it accepts.
struct Cursor {
  std::string_view rest;
  bool done() const { return rest.empty(); }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool take_sign() { return take('-') || take('+'); }
  template <class Accept>
  std::size_t run(Accept accept) {
    std::size_t n = 0;
    while (n < rest.size() && accept(rest[n])) ++n;
    rest.remove_prefix(n);
    return n;
  }
  std::size_t digits() { return run(is_digit); }
  std::size_t digits_or_bars() {
    return run([](char c) { return is_digit(c) || c == '_'; });
  }
  // [0-9]+(_[0-9]+)*
  bool barred_digits() {
    if (digits() == 0) return false;
    while (rest.size() > 1 && rest[0] == '_' && is_digit(rest[1])) {
      rest.remove_prefix(1);
      digits();
    }
    return true;
  }
  // [eE][sign][0-9]+, the sign required or optional
  bool exponent(bool sign_required) {
    if (!take('e') && !take('E')) return false;
    if (!take_sign() && sign_required) return false;
    return digits() > 0;
  }
  // (:[0-5]?[0-9])+
  bool sixties() {
    std::size_t groups = 0;
    while (rest.size() > 1 && rest[0] == ':' && is_digit(rest[1])) {
      std::size_t n = 2;
      if (rest[1] <= '5' && n < rest.size() && is_digit(rest[n])) ++n;
      rest.remove_prefix(n);
      ++groups;
    }
    return groups > 0;
  }
};

bool is_int(std::string_view text) {
  Cursor c{text};
  c.take_sign();
  const std::string_view body = c.rest;
  if (body.empty() || !is_digit(body[0])) return false;
  if (body[0] == '0') {
    if (body.size() == 1) return true;
    Cursor b{body.substr(2)};
    if (body[1] == 'b') return b.run([](char x) { return x == '0' || x == '1' || x == '_'; }) > 0 && b.done();
    if (body[1] == 'x') {
      return b.run([](char x) { return is_digit(x) || (x >= 'a' && x <= 'f') || (x >= 'A' && x <= 'F') || x == '_'; }) >
                 0 &&
             b.done();
    }
    b.rest = body.substr(1);
    return b.run([](char x) { return (x >= '0' && x <= '7') || x == '_'; }) > 0 && b.done();
  }
  Cursor b{body};
  b.digits_or_bars();
  return b.done() || (b.sixties() && b.done());
}

bool stock_float(std::string_view text) {
  Cursor a{text};
  a.take_sign();
  const Cursor unsigned_part = a;
  if (is_digit(a.rest.empty() ? ' ' : a.rest[0])) {
    a.digits_or_bars();
    if (a.take('.')) {
      a.digits_or_bars();
      return a.done() || (a.exponent(true) && a.done());
    }
    if (!a.sixties() || !a.take('.')) return false;
    a.digits_or_bars();
    return a.done();
  }
  if (one_of(unsigned_part.rest, {".inf", ".Inf", ".INF"})) return true;
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  Cursor b{text};
  if (!b.take('.') || b.rest.empty() || !is_digit(b.rest[0])) return false;
  b.digits_or_bars();
  return b.done() || (b.exponent(true) && b.done());
}

bool omega_float(std::string_view text) {
  Cursor a{text};
  a.take_sign();
  if (a.barred_digits()) {
    Cursor b = a;
    if (b.take('.')) {
      b.digits_or_bars();
      return b.done() || (b.exponent(false) && b.done());
    }
    b = a;
    if (b.exponent(false) && b.done()) return true;
    b = a;
    if (b.sixties() && b.take('.')) {
      b.digits_or_bars();
      return b.done();
    }
    return false;
  }
  Cursor b{text};
  if (!b.take('.') || !b.barred_digits()) return false;
  return b.done() || (b.exponent(true) && b.done());
}

bool is_timestamp(std::string_view text) {
  Cursor c{text};
  const auto between = [](std::size_t n, std::size_t low, std::size_t high) { return n >= low && n <= high; };
  if (c.digits() != 4 || !c.take('-')) return false;
  const std::size_t month = c.digits();
  if (!between(month, 1, 2) || !c.take('-')) return false;
  const std::size_t day = c.digits();
  if (c.done()) return month == 2 && day == 2;
  if (!between(day, 1, 2)) return false;
  const auto blank = [](char x) { return x == ' ' || x == '\t'; };
  if (!c.take('T') && !c.take('t') && c.run(blank) == 0) return false;
  if (!between(c.digits(), 1, 2) || !c.take(':') || c.digits() != 2 || !c.take(':') || c.digits() != 2) return false;
  if (c.take('.')) c.digits();
  if (c.done()) return true;
  c.run(blank);
  if (c.take('Z')) return c.done();
  if (!c.take_sign() || !between(c.digits(), 1, 2)) return false;
  return c.done() || (c.take(':') && c.digits() == 2 && c.done());
}

std::string without_bars(std::string_view text) {
  std::string out(text);
  out.erase(std::remove(out.begin(), out.end(), '_'), out.end());
  return out;
}

// sign, then base-60 groups: 1:30 is 90.
double sixty_based(const std::string& text) {
  double total = 0;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    total = total * 60 + std::strtod(text.substr(start, end - start).c_str(), nullptr);
    start = end + 1;
  }
  return total;
}

// The same in whole numbers of any size, as decimal digits.
std::string sixty_based_digits(const std::string& text) {
  std::size_t start = text.find(':');
  std::string total = text.substr(0, start);
  while (start != std::string::npos) {
    int carry = std::atoi(text.c_str() + start + 1);
    for (std::size_t i = total.size(); i-- > 0; carry /= 10) {
      carry += (total[i] - '0') * 60;
      total[i] = static_cast<char>('0' + carry % 10);
    }
    total.insert(0, std::to_string(carry));
    start = text.find(':', start + 1);
  }
  total.erase(0, std::min(total.find_first_not_of('0'), total.size() - 1));
  return total;
}

bool int_value(std::string_view text, Scalar* out) {
  std::string digits = without_bars(text);
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.erase(0, 1);
  }
  if (digits.empty()) return false;
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    base = digits[1] == 'b' ? 2 : digits[1] == 'x' ? 16 : 8;
    digits.erase(0, base == 8 ? 1 : 2);
  } else if (digits.find(':') != std::string::npos) {
    *out = Scalar::of_digits(sixty_based_digits(digits), 10, negative);
    return true;
  }
  if (digits.empty()) return false;
  for (char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 32) - 'a' + 10;
    if (digit < 0 || digit >= base) return false;
  }
  *out = Scalar::of_digits(digits, base, negative);
  return true;
}

bool float_value(std::string_view text, Scalar* out) {
  std::string digits = without_bars(text);
  std::transform(digits.begin(), digits.end(), digits.begin(), [](unsigned char c) { return std::tolower(c); });
  double sign = 1;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    sign = digits[0] == '-' ? -1 : 1;
    digits.erase(0, 1);
  }
  double value = 0;
  if (digits == ".inf") {
    value = std::numeric_limits<double>::infinity();
  } else if (digits == ".nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (digits.find(':') != std::string::npos) {
    value = sixty_based(digits);
  } else if (!python_float(digits, &value)) {
    return false;
  }
  *out = Scalar::of_real(sign * value);
  return true;
}

bool is_null(std::string_view text) { return text.empty() || one_of(text, {"~", "null", "Null", "NULL"}); }
bool is_true(std::string_view text) {
  return one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
}
bool is_false(std::string_view text) {
  return one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
}

}  // namespace

Scalar yaml_plain_scalar(std::string_view text, bool* reserved) {
  *reserved = text == "=" || text == "<<";
  if (is_null(text)) return Scalar::of_null();
  if (is_true(text)) return Scalar::of(true);
  if (is_false(text)) return Scalar::of(false);
  Scalar value;
  const char first = text[0];
  if (is_digit(first) || first == '-' || first == '+' || first == '.') {
    if (stock_float(text)) return float_value(text, &value) ? value : Scalar::of_text(std::string(text));
    if (is_int(text)) {
      if (int_value(text, &value)) return value;
      *reserved = true;  // "0b_": matches the pattern of a number and is none
      return value;
    }
    if (omega_float(text) && float_value(text, &value)) return value;
  }
  return Scalar::of_text(std::string(text));
}

bool yaml_is_special(std::string_view text) {
  return is_null(text) || is_true(text) || is_false(text) || text == "=" || text == "<<" || stock_float(text) ||
         is_int(text) || is_timestamp(text);
}

bool yaml_tagged_scalar(std::string_view tag, std::string_view text, Scalar* value) {
  const std::string_view prefix = "tag:yaml.org,2002:";
  if (tag.substr(0, prefix.size()) != prefix) return false;
  tag.remove_prefix(prefix.size());
  if (tag == "str") {
    *value = Scalar::of_text(std::string(text));
    return true;
  }
  if (tag == "null") {
    *value = Scalar::of_null();
    return true;
  }
  if (tag == "int") return int_value(text, value);
  if (tag == "float") return float_value(text, value);
  if (tag != "bool") return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  *value = Scalar::of(is_true(lower));
  return is_true(lower) || is_false(lower);
}

}  // namespace polyclinic
