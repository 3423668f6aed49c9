#pragma once
// "Did you mean": the name closest to what was written.
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// The name with the smallest edit distance (Levenshtein) when that is at most a third of the length (at least 2);
// otherwise empty. Ties: the first.
std::string nearest_name(std::string_view written, const std::vector<std::string>& names);

}  // namespace polyclinic
