#pragma once
// Numbers as people read them.
#include <cstdint>
#include <string>

namespace polyclinic {

// 0.12345, 3 -> "0.123", as printf's %.*f.
std::string fixed(double value, int digits);

// 1234567 -> "1,234,567".
std::string with_separators(std::int64_t value);

}  // namespace polyclinic
