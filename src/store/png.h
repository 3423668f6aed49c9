#pragma once
// PNG (ISO/IEC 15948) of 8-bit RGB pixels, in stored deflate blocks: small pictures, no compression library.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace polyclinic {

// rgb: [height * width * 3], row by row.
std::string png(const std::vector<std::uint8_t>& rgb, std::size_t width, std::size_t height);

}  // namespace polyclinic
