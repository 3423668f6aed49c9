#include "model/heads/windowed_example.h"

#include "text/sentences.h"

namespace polyclinic {

void encode_windows(const Example& example, const Tokenizer& tokenizer, const WindowOptions& options,
                    WindowedExample& out) {
  out.text = std::make_unique<TokenizedText>(example.text, tokenizer.encode_plain(example.text, false));
  const std::vector<std::int32_t>&prefix = tokenizer.prefix_ids(), &suffix = tokenizer.suffix_ids();
  out.prefix = prefix.size();
  out.windows = plan_windows(*out.text, sentence_begins(example.text), options, prefix.size() + suffix.size());
  for (const TokenRange& window : out.windows) {
    out.sequences.push_back(make_sequence(out.text->tokens(), window, prefix, suffix));
  }
  out.units.assign(out.windows.size(), 0);
}

}  // namespace polyclinic
