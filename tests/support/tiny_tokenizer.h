#pragma once
// The tokenizer of models/tiny, loaded once.
#include <string>

#include "text/tokenizer.h"

namespace polyclinic {

inline const Tokenizer& tiny_tokenizer() {
  static const Tokenizer tokenizer = Tokenizer::from_folder(std::string(POLYCLINIC_SOURCE_DIR) + "/models/tiny");
  return tokenizer;
}

}  // namespace polyclinic
