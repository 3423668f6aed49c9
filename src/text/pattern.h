#pragma once
// What a tokenizer.json calls a pattern: a literal string or a regular expression (PCRE2 with JIT, Unicode classes).
// The pattern of Llama-3 is recognised by its exact text and matched by a hand-written scanner with the same result.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace polyclinic {

struct ByteRange {
  std::size_t begin;
  std::size_t end;
  bool operator==(const ByteRange&) const = default;
};

class Pattern {
 public:
  virtual ~Pattern() = default;
  // Leftmost matches, in order, none overlapping. `text` is valid UTF-8.
  virtual void find(std::string_view text, std::vector<ByteRange>& matches) const = 0;
};

std::unique_ptr<Pattern> literal_pattern(std::string literal);
// InputError when the expression is malformed. `scanner` false forces PCRE2 (the test of the scanner does).
std::unique_ptr<Pattern> regex_pattern(const std::string& expression, const Where& where, bool scanner = true);

// End of the match that the expression of Llama-3 has at `at` (there is always one).
std::size_t llama3_match_end(std::string_view text, std::size_t at);
extern const char* const llama3_expression;

}  // namespace polyclinic
