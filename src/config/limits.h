#pragma once
// What a value of an option may be. One Limits stands beside each option in study.h and serves validation and --help.
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace polyclinic {

struct Limits {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;             // low itself is not allowed
  bool open_high = false;            // high itself is not allowed
  std::vector<std::string> choices;  // of a text (or of each text of a list); empty: any text
};

template <typename T>
using Named = std::vector<std::pair<std::string, T>>;  // a mapping with free names; its order is meaning

inline Limits anything() { return {}; }
inline Limits at_least(double low) { return {.low = low}; }
inline Limits above(double low) { return {.low = low, .open_low = true}; }
inline Limits between(double low, double high) { return {.low = low, .high = high}; }
inline Limits from_to_below(double low, double high) { return {.low = low, .high = high, .open_high = true}; }
inline Limits one_of(std::initializer_list<std::string> choices) { return {.choices = choices}; }

}  // namespace polyclinic
