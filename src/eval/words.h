#pragma once
// Words of a text, as the baselines see them.
#include <string>
#include <vector>

#include "tasks/example.h"

namespace polyclinic {

struct Word {
  std::string folded;  // ASCII letters in lower case
  Span span;           // code points
};

// Runs of letters and digits, and every other character that is no blank by itself.
std::vector<Word> words_of(const std::string& text);

}  // namespace polyclinic
