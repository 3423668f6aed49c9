#pragma once
// Tokens that Hydra's override grammar and OmegaConf's interpolation grammar share: numbers, words, escapes.
#include <string>
#include <string_view>

#include "config/scalar.h"

namespace polyclinic {

struct Primitive {
  enum class Kind { real, integer, boolean, null, symbol, word, escape, blank };
  Kind kind;
  std::string_view text;
};

// The longest primitive token at the start of `rest`, the earlier kind on ties; false when there is none.
bool next_primitive(std::string_view rest, Primitive* token);

// Typed value of a single token: numbers, booleans and null are typed, the rest is its text.
Scalar primitive_value(const Primitive& token);

// Every other character of an escape token: "\\,\\ " becomes ", ".
std::string unescaped(std::string_view escape);

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
std::size_t skip_blanks(std::string_view text, std::size_t at);

}  // namespace polyclinic
