#include "data/alignment.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "unit/data/made_up_tokens.h"

namespace polyclinic {
namespace {

// Offsets below are counted by hand.
TEST(Alignment, BlankBeforeAWordIsNoPartOfTheSpan) {
  const TokenizedText text = tokens_of_pieces({"Severe", " chest", " pain", "."});
  EXPECT_EQ(text.tokens_of({7, 17}), (TokenRange{1, 3}));
  EXPECT_EQ(text.span_of({1, 3}), (Span{7, 17}));
  EXPECT_TRUE(text.aligned({7, 17}));
  EXPECT_TRUE(text.aligned({0, 18}));
}

TEST(Alignment, SpansCountCharactersAndTokensBytes) {
  // "é" is 2 bytes, "μ" 2, the emoji 4; the emoji's bytes lie in two tokens.
  std::string emoji = "\xF0\x9F\x98\x80";
  const TokenizedText text =
      tokens_of_pieces({"Caf\xC3\xA9", " 5", "\xCE\xBCg", " " + emoji.substr(0, 2), emoji.substr(2), " ok"});
  // C a f é _ 5 μ g _ E _ o k
  EXPECT_EQ(text.tokens_of({5, 8}), (TokenRange{1, 3}));
  EXPECT_EQ(text.span_of({1, 3}), (Span{5, 8}));
  EXPECT_EQ(text.tokens_of({9, 10}), (TokenRange{3, 5}));
  EXPECT_EQ(text.span_of({3, 5}), (Span{9, 10}));
  EXPECT_EQ(text.span_of({3, 4}), (Span{9, 10}));  // half a character counts whole
  EXPECT_EQ(text.span_of({4, 5}), (Span{9, 10}));
}

TEST(Alignment, ABoundaryInsideATokenIsNotAligned) {
  const TokenizedText text = tokens_of_pieces({"n", "NOS", "/eN", "OS"});
  EXPECT_EQ(text.tokens_of({5, 9}), (TokenRange{2, 4}));
  EXPECT_EQ(text.span_of({2, 4}), (Span{4, 9}));
  EXPECT_FALSE(text.aligned({5, 9}));
}

TEST(Alignment, SpansThatNoTokenHolds) {
  const TokenizedText text("ab  cd", {{1, 0, 2}, {2, 4, 6}});
  EXPECT_EQ(text.tokens_of({2, 4}), std::nullopt);
  EXPECT_EQ(text.tokens_of({3, 3}), std::nullopt);
  EXPECT_EQ(text.tokens_of({4, 7}), std::nullopt);  // past the end
  EXPECT_EQ(text.tokens_of({1, 5}), (TokenRange{0, 2}));
  EXPECT_EQ(tokens_of_pieces({" ", "\n"}).span_of({0, 2}).end, tokens_of_pieces({" ", "\n"}).span_of({0, 2}).begin);
}

TEST(Alignment, AMarkWithoutTextDoesNotMatter) {
  // A prepended mark has begin == end.
  const TokenizedText text("DM", {{9, 0, 0}, {1, 0, 2}});
  EXPECT_EQ(text.tokens_of({0, 2}), (TokenRange{1, 2}));
  EXPECT_EQ(text.span_of({0, 2}), (Span{0, 2}));
}

TEST(Alignment, InvalidTextIsRefused) { EXPECT_THROW(TokenizedText("a\xFF", {}), InputError); }

}  // namespace
}  // namespace polyclinic
