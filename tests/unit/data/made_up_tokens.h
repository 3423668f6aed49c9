#pragma once
// Tokens written by hand: each piece of a list is one token, and its place in the text follows from the pieces before.
#include <string>
#include <vector>

#include "data/alignment.h"

namespace polyclinic {

// The pieces, laid end to end, are the text.
inline TokenizedText tokens_of_pieces(const std::vector<std::string>& pieces) {
  std::string text;
  std::vector<Token> tokens;
  for (const std::string& piece : pieces) {
    tokens.push_back({static_cast<std::int32_t>(100 + tokens.size()), text.size(), text.size() + piece.size()});
    text += piece;
  }
  return TokenizedText(text, tokens);
}

}  // namespace polyclinic
