#pragma once
// Characters <-> bytes <-> tokens. Spans of an Example count code points, tokens count bytes; only this file crosses.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/example.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace polyclinic {

// Tokens [first, last) of one encoded text.
struct TokenRange {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const { return last - first; }
  auto operator<=>(const TokenRange&) const = default;
};

// One text and its tokens, without special tokens. Not movable: the map holds a view of the text.
class TokenizedText {
 public:
  // `tokens` as Tokenizer::encode(text, false) gives them. InputError when `text` is not valid UTF-8.
  TokenizedText(std::string text, std::vector<Token> tokens);
  TokenizedText(const TokenizedText&) = delete;
  TokenizedText& operator=(const TokenizedText&) = delete;

  std::string_view text() const { return text_; }
  const std::vector<Token>& tokens() const { return tokens_; }
  const OffsetMap& offsets() const { return offsets_; }

  // The tokens that share at least one byte with the span, or nothing when there are none (an empty span, a span of
  // blanks that no token holds, a span past the end of the text).
  std::optional<TokenRange> tokens_of(Span span) const;
  // The characters of a range, without blanks at either end: byte-level tokens carry the blank before a word, and no
  // mention begins with one. A character that the range holds in part counts whole. Empty when all is blank.
  Span span_of(TokenRange range) const;
  // The span without blanks at either end.
  Span trimmed(Span span) const;
  // True when span_of(tokens_of(span)) gives the span back: its ends fall on token boundaries.
  bool aligned(Span span) const;

 private:
  std::string text_;
  std::vector<Token> tokens_;
  OffsetMap offsets_;
};

}  // namespace polyclinic
