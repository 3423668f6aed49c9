#pragma once
// Token ids in vector files and of a tokenizer.
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace polyclinic {

// Every whole number in a text: "[1, 22]" -> 1, 22.
inline std::vector<std::int32_t> numbers(std::string text) {
  for (char& c : text) {
    if (c < '0' || c > '9') c = ' ';
  }
  std::istringstream in(text);
  std::vector<std::int32_t> list;
  for (std::int32_t value = 0; in >> value;) list.push_back(value);
  return list;
}

// `plain`: special tokens in the text are ordinary text.
inline std::vector<std::int32_t> ids_of(const Tokenizer& tokenizer, std::string_view text, bool plain) {
  std::vector<std::int32_t> ids;
  for (const Token& token : plain ? tokenizer.encode_plain(text, false) : tokenizer.encode(text, false)) {
    ids.push_back(token.id);
  }
  return ids;
}

}  // namespace polyclinic
