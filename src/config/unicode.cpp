#include "config/unicode.h"

#include <algorithm>
#include <iterator>

namespace polyclinic {
namespace {

// Each script's zero; its digits follow one another (category Nd of Unicode 14, that of Python 3.11).
constexpr char32_t kZeros[] = {0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,
                               0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,
                               0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
                               0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0,
                               0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
                               0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
                               0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

bool is_wide_blank(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

char as_ascii(char32_t c) {
  if (c < 0x80) return static_cast<char>(c);
  if (is_wide_blank(c)) return ' ';
  const char32_t* after = std::upper_bound(std::begin(kZeros), std::end(kZeros), c);
  if (after == std::begin(kZeros) || c - *(after - 1) > 9) return '?';
  return static_cast<char>('0' + (c - *(after - 1)));
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    char32_t c = length == 0 ? 0xFFFD : length == 1 ? lead : lead & (0x7F >> length);
    bool valid = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k) {
      const unsigned char byte = static_cast<unsigned char>(text[i + k]);
      valid = byte >> 6 == 2;
      c = c << 6 | (byte & 0x3F);
    }
    out += valid ? c : 0xFFFD;
    i += valid ? length : 1;
  }
  return out;
}

std::string with_ascii_digits(std::string_view text) {
  const bool ascii = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  if (ascii) return std::string(text);
  std::string out;
  for (char32_t c : code_points(text)) out += as_ascii(c);
  return out;
}

}  // namespace polyclinic
