#include "data/alignment.h"

#include <algorithm>

namespace polyclinic {

namespace {
// White space of Unicode that clinical text holds (Zs, line and paragraph separators, controls that are blanks).
bool is_blank(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string checked(std::string text) {
  require_utf8(text, {});
  return text;
}
}  // namespace

TokenizedText::TokenizedText(std::string text, std::vector<Token> tokens)
    : text_(checked(std::move(text))), tokens_(std::move(tokens)), offsets_(text_) {}

std::optional<TokenRange> TokenizedText::tokens_of(Span span) const {
  if (span.begin >= span.end || span.end > offsets_.code_points()) return std::nullopt;
  const std::size_t begin = offsets_.to_byte(span.begin), end = offsets_.to_byte(span.end);
  // Ends and begins never decrease along an encoding.
  const auto first =
      std::partition_point(tokens_.begin(), tokens_.end(), [&](const Token& t) { return t.end <= begin; });
  const auto last = std::partition_point(first, tokens_.end(), [&](const Token& t) { return t.begin < end; });
  if (first == last) return std::nullopt;
  return TokenRange{static_cast<std::size_t>(first - tokens_.begin()),
                    static_cast<std::size_t>(last - tokens_.begin())};
}

Span TokenizedText::span_of(TokenRange range) const {
  if (range.first >= range.last) return {};
  const std::size_t end_byte = tokens_[range.last - 1].end;
  const std::size_t begin = offsets_.to_code_point(tokens_[range.first].begin);
  const std::size_t end = offsets_.to_code_point(end_byte) + (offsets_.is_boundary(end_byte) ? 0 : 1);
  return trimmed({begin, end});
}

Span TokenizedText::trimmed(Span span) const {
  const auto blank_at = [&](std::size_t c) { return is_blank(code_point_at(text_, offsets_.to_byte(c)).value); };
  while (span.begin < span.end && blank_at(span.begin)) ++span.begin;
  while (span.end > span.begin && blank_at(span.end - 1)) --span.end;
  return span;
}

bool TokenizedText::aligned(Span span) const {
  const auto range = tokens_of(span);
  return range && span_of(*range) == span;
}

}  // namespace polyclinic
