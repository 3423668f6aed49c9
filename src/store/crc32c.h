#pragma once
// CRC-32C (Castagnoli; RFC 3720, appendix B.4) and the mask that TFRecord files store it under.
#include <cstdint>
#include <string_view>

namespace polyclinic {

std::uint32_t crc32c(std::string_view bytes);
inline std::uint32_t masked_crc32c(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace polyclinic
