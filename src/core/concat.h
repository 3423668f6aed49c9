#pragma once
// Text from parts. Public headers and every folder that sees torch use this and never fmt (docs/decisions.md,
// 2026-11-24).
#include <string>
#include <string_view>
#include <type_traits>

namespace polyclinic {

std::string number_text(double value);  // shortest text that reads back to the same double

namespace detail {
template <typename T>
void append(std::string& out, const T& part) {
  if constexpr (std::is_same_v<T, bool>) {
    out += part ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    out += part;
  } else if constexpr (std::is_floating_point_v<T>) {
    out += number_text(static_cast<double>(part));
  } else if constexpr (std::is_integral_v<T>) {
    out += std::to_string(part);
  } else {
    out += std::string_view(part);
  }
}
}  // namespace detail

template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

}  // namespace polyclinic
