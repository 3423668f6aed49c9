#include "data/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "unit/data/made_up_tokens.h"

namespace polyclinic {
namespace {
using testing::ElementsAre;

// Sentences of 3, 3, 3 and 3 tokens; each token two bytes.
TokenizedText four_sentences() {
  return tokens_of_pieces({" a", " b", " .", " c", " d", " .", " e", " f", " .", " g", " h", " ."});
}
const std::vector<std::size_t> four_begins = {0, 7, 13, 19};  // of the letters after the blanks

TEST(Window, AShortTextIsOneWindow) {
  const TokenizedText text = four_sentences();
  EXPECT_THAT(plan_windows(text, four_begins, {.max_tokens = 13, .overlap = 2}, 1), ElementsAre(TokenRange{0, 12}));
  EXPECT_THAT(plan_windows(tokens_of_pieces({}), {}, {}, 1), ElementsAre(TokenRange{0, 0}));
}

TEST(Window, WholeSentencesWithoutOverlap) {
  const TokenizedText text = four_sentences();
  // Room for 7 tokens = two sentences of three.
  EXPECT_THAT(plan_windows(text, four_begins, {.max_tokens = 8, .overlap = 2}, 1),
              ElementsAre(TokenRange{0, 6}, TokenRange{6, 12}));
}

TEST(Window, SentencesThatFitIntoTheOverlapAreRepeated) {
  const TokenizedText text = four_sentences();
  // Room for 8 tokens: at most 3 of them repeated, one sentence.
  EXPECT_THAT(plan_windows(text, four_begins, {.max_tokens = 9, .overlap = 3}, 1),
              ElementsAre(TokenRange{0, 6}, TokenRange{3, 9}, TokenRange{6, 12}));
}

TEST(Window, ALongSentenceIsCutBetweenWords) {
  const TokenizedText text = tokens_of_pieces({"a", "a", " b", "b", " c", "c", " d", "d"});
  // Room for 5: cut before " c" (token 4); repeat from a word start within 1 token: none, so begin at 4.
  EXPECT_THAT(plan_windows(text, {0}, {.max_tokens = 5, .overlap = 0}, 0),
              ElementsAre(TokenRange{0, 4}, TokenRange{4, 8}));
  EXPECT_THAT(plan_windows(text, {0}, {.max_tokens = 6, .overlap = 2}, 0),
              ElementsAre(TokenRange{0, 6}, TokenRange{4, 8}));
}

TEST(Window, ACharacterIsNeverCut) {
  const std::string emoji = "\xF0\x9F\x98\x80";
  std::vector<std::string> pieces;
  for (int i = 0; i < 8; ++i) {
    for (const char byte : emoji) pieces.emplace_back(1, byte);
  }
  const TokenizedText text = tokens_of_pieces(pieces);
  for (const TokenRange& window : plan_windows(text, {}, {.max_tokens = 11, .overlap = 5}, 1)) {
    EXPECT_EQ(window.first % 4, 0u);
    EXPECT_EQ(window.last % 4, 0u);
  }
}

TEST(Window, EveryTextIsCoveredWithinTheLimits) {
  RandomStream random(7, 1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> pieces;
    std::vector<std::size_t> begins;
    std::size_t bytes = 0;
    const std::size_t total = random.below(120);
    for (std::size_t i = 0; i < total; ++i) {
      pieces.push_back(random.below(3) == 0 ? "x" : " y");
      if (random.below(9) == 0) begins.push_back(bytes);
      bytes += pieces.back().size();
    }
    const TokenizedText text = tokens_of_pieces(pieces);
    const WindowOptions options{.max_tokens = 3 + random.below(20), .overlap = random.below(12)};
    const std::vector<TokenRange> windows = plan_windows(text, begins, options, 1);
    ASSERT_EQ(windows.front().first, 0u);
    ASSERT_EQ(windows.back().last, total);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      ASSERT_LE(windows[i].size(), options.max_tokens - 1);
      if (i == 0) continue;
      ASSERT_GT(windows[i].first, windows[i - 1].first);
      ASSERT_GT(windows[i].last, windows[i - 1].last);
      ASSERT_LE(windows[i].first, windows[i - 1].last);                    // no gap
      ASSERT_LE(windows[i - 1].last - windows[i].first, options.overlap);  // no more repeated than asked
    }
  }
}

TEST(Window, NoRoomForTextIsRefused) {
  EXPECT_THROW(plan_windows(four_sentences(), {}, {.max_tokens = 2, .overlap = 0}, 1), InputError);
}

TEST(Window, TheWindowWithMoreContextOwnsARange) {
  const std::vector<TokenRange> windows = {{0, 10}, {6, 16}};
  EXPECT_EQ(owner_of(windows, {6, 7}), 0u);   // context 3 after it in window 0, none before it in window 1
  EXPECT_EQ(owner_of(windows, {9, 10}), 1u);  // 0 after, 3 before
  EXPECT_EQ(owner_of(windows, {8, 12}), 1u);
  EXPECT_EQ(owner_of(windows, {5, 12}), std::nullopt);
  EXPECT_EQ(owner_of(windows, {0, 1}), 0u);
  EXPECT_EQ(owner_of(windows, {15, 16}), 1u);
}

TEST(Window, SpecialTokensStandAroundTheWindow) {
  const TokenizedText text = four_sentences();
  const Sequence sequence = make_sequence(text.tokens(), {3, 5}, {1}, {2});
  EXPECT_THAT(sequence.token_ids, ElementsAre(1, 103, 104, 2));
  EXPECT_THAT(sequence.byte_begin, ElementsAre(6, 6, 8, 10));
  EXPECT_THAT(sequence.byte_end, ElementsAre(6, 8, 10, 10));
}

}  // namespace
}  // namespace polyclinic
