#include "data/window.h"

#include <algorithm>
#include <limits>

#include "core/concat.h"

namespace polyclinic {

namespace {
// Token index at which each sentence begins: 0 first, then increasing.
std::vector<std::size_t> sentence_tokens(const std::vector<Token>& tokens, const std::vector<std::size_t>& begins) {
  std::vector<std::size_t> firsts{0};
  for (const std::size_t byte : begins) {
    // The first token that reaches past the sentence's first byte: the blank before a word belongs to its token.
    const auto at = std::partition_point(tokens.begin(), tokens.end(), [&](const Token& t) { return t.end <= byte; });
    const auto index = static_cast<std::size_t>(at - tokens.begin());
    if (index > firsts.back() && index < tokens.size()) firsts.push_back(index);
  }
  return firsts;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool begins_word(const TokenizedText& text, std::size_t at) {
  const std::size_t begin = text.tokens()[at].begin;
  return is_space(text.text()[begin]) || (begin > 0 && is_space(text.text()[begin - 1]));
}

// True when the tokens on both sides hold bytes of one character.
bool splits_character(const TokenizedText& text, std::size_t at) {
  const std::size_t begin = text.tokens()[at].begin;
  return begin < text.tokens()[at - 1].end || !text.offsets().is_boundary(begin);
}

// The last good place to cut in (low, high]: before a word, else between characters, else at high itself.
std::size_t cut_before(const TokenizedText& text, std::size_t low, std::size_t high) {
  if (high == text.tokens().size()) return high;
  for (std::size_t at = high; at > low; --at) {
    if (begins_word(text, at)) return at;
  }
  for (std::size_t at = high; at > low; --at) {
    if (!splits_character(text, at)) return at;
  }
  return high;
}

// Where the window that begins at `first` ends: after as many whole sentences as fit, else inside its first sentence.
std::size_t window_end(const TokenizedText& text, const std::vector<std::size_t>& sentences, std::size_t first,
                       std::size_t room) {
  const std::size_t total = text.tokens().size(), limit = std::min(first + room, total);
  if (limit == total) return total;
  const auto beyond = std::upper_bound(sentences.begin(), sentences.end(), limit);
  const std::size_t sentence = *std::prev(beyond);
  if (sentence > first) return sentence;
  // Half a window at least, so that a text without blanks still moves on.
  return cut_before(text, first + room / 2, limit);
}

// Where the next window begins, after `first` and at most at `last`: whole sentences or, within a sentence, words
// are repeated as far as `overlap` allows.
std::size_t next_begin(const TokenizedText& text, const std::vector<std::size_t>& sentences, TokenRange window,
                       std::size_t overlap) {
  const std::size_t low = std::max(window.first + 1, window.last > overlap ? window.last - overlap : 0);
  const auto sentence = std::lower_bound(sentences.begin(), sentences.end(), low);
  if (sentence != sentences.end() && *sentence < window.last) return *sentence;
  const bool on_boundary = std::binary_search(sentences.begin(), sentences.end(), window.last);
  if (on_boundary) return window.last;
  for (std::size_t at = low; at < window.last; ++at) {
    if (begins_word(text, at)) return at;
  }
  for (std::size_t at = low; at < window.last; ++at) {
    if (!splits_character(text, at)) return at;
  }
  return window.last;
}
}  // namespace

std::vector<TokenRange> plan_windows(const TokenizedText& text, const std::vector<std::size_t>& sentence_begins,
                                     const WindowOptions& options, std::size_t specials) {
  if (options.max_tokens < specials + 2) {
    throw InputError(concat("windows of ", options.max_tokens, " tokens leave no room for text beside ", specials,
                            " special tokens"),
                     {.key = "max_seq_len"}, "set it higher");
  }
  const std::size_t room = options.max_tokens - specials, total = text.tokens().size();
  if (total <= room) return {{0, total}};
  // More than half a window repeated would cost more than it shows.
  const std::size_t overlap = std::min(options.overlap, room / 2 > 0 ? room / 2 - 1 : 0);
  const std::vector<std::size_t> sentences = sentence_tokens(text.tokens(), sentence_begins);
  std::vector<TokenRange> windows;
  for (std::size_t first = 0;;) {
    const TokenRange window{first, window_end(text, sentences, first, room)};
    windows.push_back(window);
    if (window.last == total) return windows;
    first = next_begin(text, sentences, window, overlap);
    // A window that reaches no further than the one before shows nothing new: begin where it ended.
    if (window_end(text, sentences, first, room) <= window.last) first = window.last;
  }
}

std::optional<std::size_t> owner_of(const std::vector<TokenRange>& windows, TokenRange range) {
  constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();
  std::optional<std::size_t> best;
  std::size_t best_context = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const TokenRange& window = windows[i];
    if (range.first < window.first || range.last > window.last) continue;
    const std::size_t before = i == 0 ? whole : range.first - window.first;
    const std::size_t after = i + 1 == windows.size() ? whole : window.last - range.last;
    const std::size_t context = std::min(before, after);
    if (!best || context > best_context) best = i, best_context = context;
  }
  return best;
}

Sequence make_sequence(const std::vector<Token>& tokens, TokenRange window, const std::vector<std::int32_t>& prefix_ids,
                       const std::vector<std::int32_t>& suffix_ids) {
  Sequence sequence;
  const auto add = [&](std::int32_t id, std::size_t begin, std::size_t end) {
    sequence.token_ids.push_back(id);
    sequence.byte_begin.push_back(static_cast<std::int32_t>(begin));
    sequence.byte_end.push_back(static_cast<std::int32_t>(end));
  };
  const std::size_t begin = window.size() == 0 ? 0 : tokens[window.first].begin;
  const std::size_t end = window.size() == 0 ? 0 : tokens[window.last - 1].end;
  for (const std::int32_t id : prefix_ids) add(id, begin, begin);
  for (std::size_t i = window.first; i < window.last; ++i) add(tokens[i].id, tokens[i].begin, tokens[i].end);
  for (const std::int32_t id : suffix_ids) add(id, end, end);
  return sequence;
}

}  // namespace polyclinic
