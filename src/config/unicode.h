#pragma once
// The little of Unicode that Hydra and OmegaConf lean on.
#include <string>
#include <string_view>

namespace polyclinic {

// Code points of UTF-8; an invalid byte becomes U+FFFD.
std::u32string code_points(std::string_view text);

// Decimal digits of every script as 0 to 9 and every blank as ' ', as Python's int() and float() read a text.
std::string with_ascii_digits(std::string_view text);

}  // namespace polyclinic
