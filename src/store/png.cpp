#include "store/png.h"

#include <algorithm>
#include <string_view>

namespace polyclinic {

namespace {
void big_endian(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xFF));
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void chunk(std::string& out, std::string_view type, std::string_view data) {
  big_endian(out, static_cast<std::uint32_t>(data.size()));
  const std::string body = std::string(type) + std::string(data);
  out += body;
  big_endian(out, crc32(body));
}

std::string stored_zlib(std::string_view raw) {
  std::string out = "\x78\x01";
  const std::uint32_t check = adler32(raw);
  do {
    const std::size_t size = std::min<std::size_t>(raw.size(), 65535);
    out.push_back(size == raw.size() ? 1 : 0);
    for (const std::size_t value : {size, ~size}) {
      out.push_back(static_cast<char>(value & 0xFF));
      out.push_back(static_cast<char>(value >> 8 & 0xFF));
    }
    out += raw.substr(0, size);
    raw.remove_prefix(size);
  } while (!raw.empty());
  big_endian(out, check);
  return out;
}
}  // namespace

std::string png(const std::vector<std::uint8_t>& rgb, std::size_t width, std::size_t height) {
  std::string header, rows;
  big_endian(header, static_cast<std::uint32_t>(width));
  big_endian(header, static_cast<std::uint32_t>(height));
  header += std::string_view("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, no interlace
  for (std::size_t y = 0; y < height; ++y) {
    rows.push_back(0);  // no filter
    rows.append(reinterpret_cast<const char*>(rgb.data()) + y * width * 3, width * 3);
  }
  std::string out = "\x89PNG\r\n\x1a\n";
  chunk(out, "IHDR", header);
  chunk(out, "IDAT", stored_zlib(rows));
  chunk(out, "IEND", "");
  return out;
}

}  // namespace polyclinic
