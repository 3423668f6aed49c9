#include "text/byte_alphabet.h"

#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::array<char32_t, 256> make_alphabet() {
  std::array<char32_t, 256> alphabet{};
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    alphabet[byte] = prints ? byte : next++;
  }
  return alphabet;
}
constexpr std::array<char32_t, 256> alphabet = make_alphabet();

constexpr std::array<short, 0x144> make_bytes() {
  std::array<short, 0x144> bytes{};
  for (auto& byte : bytes) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte) bytes[alphabet[byte]] = static_cast<short>(byte);
  return bytes;
}
constexpr std::array<short, 0x144> byte_of = make_bytes();

}  // namespace

const std::array<char32_t, 256>& byte_alphabet() { return alphabet; }

std::optional<std::string> bytes_of_alphabet_text(std::string_view token) {
  std::string bytes;
  bytes.reserve(token.size());
  for (std::size_t at = 0; at < token.size();) {
    const CodePoint point = code_point_at(token, at);
    if (point.value >= byte_of.size() || byte_of[point.value] < 0) return std::nullopt;
    bytes += static_cast<char>(static_cast<unsigned char>(byte_of[point.value]));
    at += point.length;
  }
  return bytes;
}

}  // namespace polyclinic
