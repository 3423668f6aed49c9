#pragma once
// Protobuf's wire format, as far as event files need it: varints, fixed numbers, bytes.
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace polyclinic::wire {

inline void varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
template <typename T>
void little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}
inline void integer_field(std::string& out, std::uint32_t field, std::int64_t value) {
  varint(out, field << 3);
  varint(out, static_cast<std::uint64_t>(value));
}
inline void double_field(std::string& out, std::uint32_t field, double value) {
  varint(out, field << 3 | 1);
  little_endian(out, std::bit_cast<std::uint64_t>(value));
}
inline void float_field(std::string& out, std::uint32_t field, float value) {
  varint(out, field << 3 | 5);
  little_endian(out, std::bit_cast<std::uint32_t>(value));
}
inline void bytes_field(std::string& out, std::uint32_t field, std::string_view bytes) {
  varint(out, field << 3 | 2);
  varint(out, bytes.size());
  out += bytes;
}

}  // namespace polyclinic::wire
