#pragma once
// The mend for a misspelt name.
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// "did you mean 'x'?" for the nearest of `known` within a third of its length, else "choose one of a, b, c".
std::string did_you_mean(std::string_view given, const std::vector<std::string>& known);

}  // namespace polyclinic
