#pragma once
// Levenshtein's distance in bytes: insertions, deletions and changes that turn one text into the other.
#include <cstddef>
#include <string_view>

namespace polyclinic {

// `ignore_case`: ASCII letters that differ in case alone count as equal.
std::size_t edit_distance(std::string_view a, std::string_view b, bool ignore_case = false);

}  // namespace polyclinic
