#pragma once
// Decimal numbers as Python's decimal module holds them: enough to walk a range of floats as Hydra 1.3 does.
#include <string>

namespace polyclinic {

class Decimal {
 public:
  explicit Decimal(double value);            // exact; value must be finite
  Decimal plus(const Decimal& other) const;  // rounded to 28 digits, half to even
  bool less_than(const Decimal& other) const;
  int sign() const;  // -1, 0, 1
  double to_double() const;

 private:
  Decimal() = default;
  // value = (negative ? -1 : 1) * digits * 10^exponent; digits without leading zeros, "0" for zero
  bool negative_ = false;
  std::string digits_ = "0";
  int exponent_ = 0;
};

}  // namespace polyclinic
