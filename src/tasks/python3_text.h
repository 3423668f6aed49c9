#pragma once
// How Python 3 reads text files, blanks and whole numbers, so that scores carry the digits of the official scripts.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// The lines of a file opened as text: they end at LF, CR LF or CR, which are not part of them. `text` must outlive
// them.
std::vector<std::string_view> python3_lines(std::string_view text);

// str.strip(): blanks of Unicode too. `text` must be valid UTF-8.
std::string_view python3_strip(std::string_view text);

// int(): blanks around, a sign, ASCII digits with single underscores between. Beyond 64 bits: the nearest value.
std::optional<long long> python3_int(std::string_view text);

}  // namespace polyclinic
