#pragma once
// Normalisers of a tokenizer.json. Each builds a new aligned text out of the one before.
#include <memory>
#include <string>

#include "text/aligned_text.h"
#include "text/pattern.h"

namespace polyclinic {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(const AlignedText& in, AlignedText& out) const = 0;
};

enum class NormalForm { nfc, nfd, nfkc, nfkd };

// Puts `mark` before a text that is not empty; the mark stands for nothing in the original.
std::unique_ptr<Normalizer> prepend_normalizer(std::string mark);
// Each match becomes `content`, which comes from the whole match.
std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern, std::string content);
// Unicode normal forms (ICU). A changed stretch between two normalisation boundaries comes from the whole stretch.
std::unique_ptr<Normalizer> unicode_normalizer(NormalForm form);

void prepend_mark(const AlignedText& in, std::string_view mark, AlignedText& out);
void replace_all(const AlignedText& in, const Pattern& pattern, std::string_view content, AlignedText& out);

}  // namespace polyclinic
