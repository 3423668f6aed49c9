#include "config/decimal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace polyclinic {
namespace {

constexpr std::size_t kPrecision = 28;

void trim(std::string& digits) { digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1)); }

int compare(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

std::string add(std::string a, std::string b) {
  if (a.size() < b.size()) std::swap(a, b);
  b.insert(0, a.size() - b.size(), '0');
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int sum = a[i] - '0' + b[i] - '0' + carry;
    a[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return carry != 0 ? "1" + a : a;
}

std::string subtract(std::string a, std::string b) {  // a >= b
  b.insert(0, a.size() - b.size(), '0');
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    int difference = a[i] - b[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    a[i] = static_cast<char>('0' + difference + 10 * borrow);
  }
  trim(a);
  return a;
}

// Rounds to the context's precision, half to even.
void round_digits(std::string& digits, int& exponent) {
  if (digits.size() <= kPrecision) return;
  const std::string rest = digits.substr(kPrecision);
  exponent += static_cast<int>(rest.size());
  digits.resize(kPrecision);
  const int half = rest.compare("5" + std::string(rest.size() - 1, '0'));
  if (half > 0 || (half == 0 && (digits.back() - '0') % 2 == 1)) digits = add(digits, "1");
  if (digits.size() > kPrecision) {
    digits.pop_back();
    ++exponent;
  }
}

}  // namespace

Decimal::Decimal(double value) {
  // 766 digits after the point show every double exactly.
  char buffer[900];
  std::snprintf(buffer, sizeof buffer, "%.766e", value);
  const std::string text(buffer);
  const std::size_t e = text.find('e');
  negative_ = text[0] == '-';
  digits_.clear();
  for (char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits_ += c;
  }
  exponent_ = std::atoi(text.c_str() + e + 1) - static_cast<int>(digits_.size()) + 1;
  while (digits_.size() > 1 && digits_.back() == '0') {
    digits_.pop_back();
    ++exponent_;
  }
  trim(digits_);
}

int Decimal::sign() const { return digits_ == "0" ? 0 : negative_ ? -1 : 1; }

Decimal Decimal::plus(const Decimal& other) const {
  Decimal out;
  out.exponent_ = std::min(exponent_, other.exponent_);
  const std::string a = digits_ + std::string(static_cast<std::size_t>(exponent_ - out.exponent_), '0');
  const std::string b = other.digits_ + std::string(static_cast<std::size_t>(other.exponent_ - out.exponent_), '0');
  std::string x = a, y = b;
  trim(x);
  trim(y);
  if (negative_ == other.negative_) {
    out.negative_ = negative_;
    out.digits_ = add(x, y);
  } else {
    const bool first = compare(x, y) >= 0;
    out.negative_ = first ? negative_ : other.negative_;
    out.digits_ = first ? subtract(x, y) : subtract(y, x);
    if (out.digits_ == "0") out.negative_ = false;
  }
  trim(out.digits_);
  round_digits(out.digits_, out.exponent_);
  return out;
}

bool Decimal::less_than(const Decimal& other) const {
  if (sign() != other.sign()) return sign() < other.sign();
  const int lowest = std::min(exponent_, other.exponent_);
  std::string a = digits_ + std::string(static_cast<std::size_t>(exponent_ - lowest), '0');
  std::string b = other.digits_ + std::string(static_cast<std::size_t>(other.exponent_ - lowest), '0');
  trim(a);
  trim(b);
  const int order = compare(a, b);
  return negative_ ? order > 0 : order < 0;
}

double Decimal::to_double() const {
  return std::strtod(((negative_ ? "-" : "") + digits_ + "e" + std::to_string(exponent_)).c_str(), nullptr);
}

}  // namespace polyclinic
