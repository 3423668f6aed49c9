#include "data/labels/span_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/labels/layer_labels.h"
#include "unit/data/made_up_tokens.h"

namespace polyclinic {
namespace {

using testing::ElementsAre;
constexpr std::int64_t none = ignored_label;

Mention span(const std::string& type, std::size_t begin, std::size_t end) { return {"", type, {{begin, end}}, {}, {}}; }

//                             0..3    4..10     11..15
const std::vector<std::string> kPieces = {"The", " \"enemy", "\" won"};
// T h e _ " e n e m y " _ w o n
// 0     3   5         10  12  15

TEST(SpanTargets, NestedSpansLieInTwoLanes) {
  const TokenizedText text = tokens_of_pieces(kPieces);
  const auto targets =
      span_targets({span("A", 4, 10), span("A", 0, 10), span("B", 12, 15)}, {"A", "B"}, 4, text, {{0, 3}});
  ASSERT_EQ(targets.size(), 1u);
  // Columns: A, B, A again, B again.
  EXPECT_THAT(targets[0].inside, ElementsAre(1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0));
  EXPECT_THAT(targets[0].begin, ElementsAre(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0));
  // "The" begins a span at its first character, so does the quotation mark; "\" won" loses the mark and the blank.
  EXPECT_THAT(targets[0].edges[0], ElementsAre(no_edge, no_edge, no_edge + 2));
  EXPECT_THAT(targets[0].edges[1], ElementsAre(none, no_edge, no_edge));
  std::vector<Span> found;
  for (const Mention& mention : read_spans(targets, {"A", "B"}, text, {{0, 3}})) {
    found.push_back(mention.fragments.front());
  }
  EXPECT_THAT(found, ElementsAre(Span{0, 10}, Span{4, 10}, Span{12, 15}));
}

TEST(SpanTargets, EdgesThatLeaveNothingAreNone) {
  const TokenizedText text = tokens_of_pieces(kPieces);
  SpanTargets said{{1, 0, 0}, {1, 0, 0}, {}};
  said.edges[0] = {no_edge + 2, none, none};
  said.edges[1] = {no_edge + 1, none, none};
  EXPECT_EQ(read_spans({said}, {"A"}, text, {{0, 3}}).at(0).fragments.front(), (Span{0, 3}));
  said.edges[0][0] = no_edge - 1;  // before the text
  said.edges[1][0] = no_edge;
  EXPECT_EQ(read_spans({said}, {"A"}, text, {{0, 3}}).at(0).fragments.front(), (Span{0, 3}));
}

TEST(SpanTargets, EdgesCountCharactersAndBlanks) {
  const TokenizedText text = tokens_of_pieces(kPieces);
  // "enemy" without the mark; "The " with the blank behind it.
  const auto targets = span_targets({span("A", 5, 10), span("A", 0, 4)}, {"A"}, 1, text, {{0, 3}});
  EXPECT_THAT(targets[0].edges[0], ElementsAre(no_edge, no_edge + 1, none));
  EXPECT_THAT(targets[0].edges[1], ElementsAre(no_edge - 1, no_edge, none));
  const std::vector<Mention> found = read_spans(targets, {"A"}, text, {{0, 3}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].fragments.front(), (Span{0, 4}));
  EXPECT_EQ(found[1].fragments.front(), (Span{5, 10}));
  EXPECT_EQ(found[1].id, "T2");
}

TEST(SpanTargets, AWindowHasItsPartAndNoLaneIsTakenTwice) {
  const TokenizedText text = tokens_of_pieces(kPieces);
  const auto targets = span_targets({span("A", 0, 10), span("A", 4, 10)}, {"A"}, 1, text, {{0, 1}, {1, 3}});
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_THAT(targets[0].inside, ElementsAre(1));
  EXPECT_THAT(targets[1].inside, ElementsAre(1, 0));
  EXPECT_THAT(targets[1].begin, ElementsAre(0, 0));  // the inner span found no lane
  EXPECT_THAT(targets[1].edges[0], ElementsAre(none, none));
  EXPECT_THAT(targets[1].edges[1], ElementsAre(no_edge, none));
}

}  // namespace
}  // namespace polyclinic
