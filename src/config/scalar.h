#pragma once
// One scalar of a configuration, with the types that OmegaConf keeps apart. Integers are unbounded as in Python.
#include <cstdint>
#include <string>
#include <string_view>

namespace polyclinic {

struct Scalar {
  enum class Kind { null, boolean, integer, real, text };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // of a text; of an integer outside 64 bits, its decimal digits with sign

  static Scalar of_null() { return {}; }
  static Scalar of(bool value);
  static Scalar of_integer(std::int64_t value);
  static Scalar of_digits(std::string_view digits, int base, bool negative);  // digits of `base` without prefix
  static Scalar of_real(double value);
  static Scalar of_text(std::string value);

  bool is_null() const { return kind == Kind::null; }
  bool is_text() const { return kind == Kind::text; }
  bool is_number() const { return kind == Kind::boolean || kind == Kind::integer || kind == Kind::real; }
  bool is_missing() const { return is_text() && text == "???"; }
  bool is_interpolation() const { return is_text() && text.find("${") != std::string::npos; }
  double as_real() const;  // of a number
};

// Python's ==: True, 1 and 1.0 are equal, 1 and "1" are not.
bool operator==(const Scalar& a, const Scalar& b);

// Python's str() and repr().
std::string python_str(const Scalar& value);
std::string python_repr(const Scalar& value);
std::string float_repr(double value);
std::string python_quoted(std::string_view text);

// "int", "str", "NoneType", ...
std::string python_type(const Scalar& value);

// True when Python's int(text) or float(text) would accept it; then *value holds it.
bool python_int(std::string_view text, Scalar* value);
bool python_float(std::string_view text, double* value);

}  // namespace polyclinic
