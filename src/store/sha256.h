#pragma once
// SHA-256 (FIPS 180-4).
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace polyclinic {

class Sha256 {
 public:
  Sha256& update(std::string_view bytes);
  std::string hex();  // 64 hexadecimal digits; ends the object's use

 private:
  void take_blocks(const unsigned char* bytes, std::size_t blocks);
  void block(const unsigned char* bytes);
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t size_ = 0;
};

std::string sha256(std::string_view bytes);
// Of a file's content, read in pieces. InputError when it cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace polyclinic
