#include <utility>

#include "config/value_lexer.h"

#include <algorithm>

namespace polyclinic {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// digit ('_'? digit)*
std::size_t barred_digits(std::string_view s) {
  if (s.empty() || !is_digit(s[0])) return 0;
  std::size_t n = 1;
  while (n < s.size()) {
    if (is_digit(s[n])) {
      ++n;
    } else if (s[n] == '_' && n + 1 < s.size() && is_digit(s[n + 1])) {
      n += 2;
    } else {
      break;
    }
  }
  return n;
}

// '0' | [1-9] ('_'? digit)*
std::size_t unsigned_int(std::string_view s) { return s.starts_with('0') ? 1 : barred_digits(s); }

std::size_t word_ignoring_case(std::string_view s, std::string_view lower) {
  if (s.size() < lower.size()) return 0;
  const bool same = std::equal(lower.begin(), lower.end(), s.begin(),
                               [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  return same ? lower.size() : 0;
}

std::size_t float_length(std::string_view s) {
  std::size_t sign = !s.empty() && (s[0] == '+' || s[0] == '-') ? 1 : 0;
  s.remove_prefix(sign);
  const std::size_t whole = unsigned_int(s);
  std::size_t point = 0;
  if (s.size() > whole && s[whole] == '.') {
    const std::size_t fraction = barred_digits(s.substr(whole + 1));
    if (fraction > 0) {
      point = whole + 1 + fraction;
    } else if (whole > 0) {
      point = whole + 1;
    }
  }
  std::size_t best = point;
  const auto with_exponent = [&](std::size_t mantissa) -> std::size_t {
    if (mantissa == 0 || mantissa >= s.size() || (s[mantissa] | 32) != 'e') return 0;
    std::size_t at = mantissa + 1;
    if (at < s.size() && (s[at] == '+' || s[at] == '-')) ++at;
    const std::size_t digits = barred_digits(s.substr(std::min(at, s.size())));
    return digits == 0 ? 0 : at + digits;
  };
  best = std::max({best, with_exponent(point), with_exponent(whole)});
  best = std::max({best, word_ignoring_case(s, "inf"), word_ignoring_case(s, "nan")});
  return best == 0 ? 0 : best + sign;
}

std::size_t int_length(std::string_view s) {
  const std::size_t sign = !s.empty() && (s[0] == '+' || s[0] == '-') ? 1 : 0;
  const std::size_t digits = unsigned_int(s.substr(sign));
  return digits == 0 ? 0 : digits + sign;
}

std::size_t word_length(std::string_view s) {
  if (s.empty() || !(is_letter(s[0]) || s[0] == '_')) return 0;
  std::size_t n = 1;
  while (n < s.size() && (is_letter(s[n]) || is_digit(s[n]) || s[n] == '_' || s[n] == '-')) ++n;
  return n;
}

std::size_t escape_length(std::string_view s) {
  constexpr std::string_view escapable = "\\()[]{}:=, \t";
  std::size_t n = 0;
  while (n + 1 < s.size() && s[n] == '\\' && escapable.find(s[n + 1]) != std::string_view::npos) n += 2;
  return n;
}

}  // namespace

bool next_primitive(std::string_view rest, Primitive* token) {
  constexpr std::string_view symbols = "/-\\+.$%*@?|";
  using Kind = Primitive::Kind;
  const std::pair<Kind, std::size_t> candidates[] = {
      {Kind::real, float_length(rest)},
      {Kind::integer, int_length(rest)},
      {Kind::boolean, std::max(word_ignoring_case(rest, "true"), word_ignoring_case(rest, "false"))},
      {Kind::null, word_ignoring_case(rest, "null")},
      {Kind::symbol, !rest.empty() && symbols.find(rest[0]) != std::string_view::npos ? 1U : 0U},
      {Kind::word, word_length(rest)},
      {Kind::escape, escape_length(rest)},
      {Kind::blank, skip_blanks(rest, 0)}};
  std::size_t best = 0;
  for (const auto& [kind, length] : candidates) {
    if (length > best) {
      best = length;
      token->kind = kind;
    }
  }
  token->text = rest.substr(0, best);
  return best > 0;
}

Scalar primitive_value(const Primitive& token) {
  Scalar value;
  double real = 0;
  switch (token.kind) {
    case Primitive::Kind::real:
      python_float(token.text, &real);
      return Scalar::of_real(real);
    case Primitive::Kind::integer:
      python_int(token.text, &value);
      return value;
    case Primitive::Kind::boolean:
      return Scalar::of(token.text.size() == 4);
    case Primitive::Kind::null:
      return Scalar::of_null();
    case Primitive::Kind::escape:
      return Scalar::of_text(unescaped(token.text));
    case Primitive::Kind::symbol:
    case Primitive::Kind::word:
    case Primitive::Kind::blank:
      break;
  }
  return Scalar::of_text(std::string(token.text));
}

std::string unescaped(std::string_view escape) {
  std::string out;
  for (std::size_t i = 1; i < escape.size(); i += 2) out += escape[i];
  return out;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

}  // namespace polyclinic
