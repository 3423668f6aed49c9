#pragma once
// The byte level alphabet of GPT-2: each byte has one printable character, so that byte sequences can stand in JSON.
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace polyclinic {

// The 188 bytes that print in Latin-1 stand for themselves; the others, in order, for U+0100 onwards.
const std::array<char32_t, 256>& byte_alphabet();

// Bytes that a token's characters stand for, or nothing when a character is outside the alphabet.
std::optional<std::string> bytes_of_alphabet_text(std::string_view token);

}  // namespace polyclinic
