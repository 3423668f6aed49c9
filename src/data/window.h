#pragma once
// A document longer than max_seq_len becomes windows on sentence boundaries that overlap, and predictions of the
// windows become predictions of the document again.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/alignment.h"
#include "data/pack.h"

namespace polyclinic {

struct WindowOptions {
  std::size_t max_tokens = 512;  // of one sequence, special tokens included
  // A window repeats whole sentences of the one before it, as many as fit into `overlap` tokens.
  std::size_t overlap = 64;
};

// Windows over all tokens of one text; together they cover every token; firsts and lasts increase.
// `sentence_begins`: byte offsets at which sentences begin, increasing (text/sentences.h). A sentence longer than a
// window is cut between words, and its parts overlap by up to `overlap` tokens. One empty window for an empty text.
// InputError when `specials`, the number of special tokens of a sequence, leave no room for text.
std::vector<TokenRange> plan_windows(const TokenizedText& text, const std::vector<std::size_t>& sentence_begins,
                                     const WindowOptions& options, std::size_t specials);

// The window whose prediction of `range` counts: of those that hold all of it, the one that shows most context on its
// poorer side (the ends of the document are no loss of context), the earlier of equals. Nothing when no window holds
// it. Two windows that predict one range thus give it once.
std::optional<std::size_t> owner_of(const std::vector<TokenRange>& windows, TokenRange range);

// The sequence of one window: prefix_ids, the window's tokens, suffix_ids. Special tokens have byte_begin == byte_end.
// task, route and example are left for the caller. The window's token i stands at position prefix_ids.size() + i.
Sequence make_sequence(const std::vector<Token>& tokens, TokenRange window, const std::vector<std::int32_t>& prefix_ids,
                       const std::vector<std::int32_t>& suffix_ids);

}  // namespace polyclinic
