#pragma once
// FNV-1a over bytes: the same number on every machine. Names random streams and tells contents apart; not for secrets.
#include <cstdint>
#include <string_view>

namespace polyclinic {

inline constexpr std::uint64_t name_hash_start = 14695981039346656037ull;

// `hash`: of what came before, to go on from there.
constexpr std::uint64_t name_hash(std::string_view bytes, std::uint64_t hash = name_hash_start) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

}  // namespace polyclinic
