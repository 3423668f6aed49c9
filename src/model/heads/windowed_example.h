#pragma once
// One text cut into windows, a sequence each: what heads that label tokens or read mentions encode to.
#include <memory>
#include <vector>

#include "data/alignment.h"
#include "model/heads/head.h"

namespace polyclinic {

struct WindowedExample : HeadExample {
  std::unique_ptr<TokenizedText> text;
  std::vector<TokenRange> windows;  // one sequence each
  std::size_t prefix = 0;           // special tokens before the text of each sequence

  // Row of a token of the document in the sequence of a window.
  std::size_t row(std::size_t window, std::size_t token) const { return prefix + token - windows[window].first; }
};

// Fills text, windows, sequences and units (all 0).
void encode_windows(const Example& example, const Tokenizer& tokenizer, const WindowOptions& options,
                    WindowedExample& out);

}  // namespace polyclinic
