#include "core/number_format.h"

#include <cstdio>

namespace polyclinic {

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string with_separators(std::int64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t i = digits.size(); i > 3 + (value < 0 ? 1U : 0U); i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace polyclinic
