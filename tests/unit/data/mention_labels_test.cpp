#include "data/labels/mention_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "data/window.h"
#include "unit/data/made_up_tokens.h"

namespace polyclinic {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using Form = MentionLabels::Form;

Mention mention(const std::string& type, std::vector<Span> fragments) {
  return {"", type, std::move(fragments), {}, ""};
}

std::vector<std::string> names(const MentionLabels& form, const LayeredLabels& labels, std::size_t layer) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < labels.tokens; ++i) {
    const std::int32_t label = labels.at(layer, i);
    out.push_back(label == ignored_label ? "." : form.layers()[layer].names[static_cast<std::size_t>(label)]);
  }
  return out;
}

//                             0..4     5..9     10..13  14..22      23
const std::vector<std::string> atria = {"left", " and", " right", " atria", " large", "."};
// l e f t _ a n d _ r i g h t _ a t r i a _ l a r g e .
// 0       4       8           14          20          26

TEST(MentionLabels, BioIsTheUsualLabelSequence) {
  const MentionLabels form({"Disease", "Drug"}, Form::bio);
  EXPECT_THAT(form.layers().at(0).names, ElementsAre("O", "B-Disease", "I-Disease", "B-Drug", "I-Drug"));
  const TokenizedText text = tokens_of_pieces(atria);
  const EncodedMentions encoded = form.encode(
      text, {0, 6}, {mention("Disease", {{9, 20}}), mention("Drug", {{0, 4}}), mention("Drug", {{21, 26}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre("B-Drug", "O", "B-Disease", "I-Disease", "B-Drug", "O"));
  EXPECT_THAT(encoded.lost, IsEmpty());
  EXPECT_THAT(form.decode(text, {0, 6}, encoded.labels),
              ElementsAre(DecodedMention{"Drug", {{0, 4}}, {0, 1}}, DecodedMention{"Disease", {{9, 20}}, {2, 4}},
                          DecodedMention{"Drug", {{21, 26}}, {4, 5}}));
}

TEST(MentionLabels, BioCountsWhatItCannotGiveBack) {
  const MentionLabels form({"D"}, Form::bio);
  const TokenizedText text = tokens_of_pieces(atria);
  const EncodedMentions encoded =
      form.encode(text, {0, 6}, {mention("D", {{0, 4}, {15, 20}}), mention("D", {{9, 20}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre("B-D", "I-D", "I-D", "I-D", "O", "O"));
  EXPECT_THAT(encoded.lost, ElementsAre(0, 1));
}

TEST(MentionLabels, DiscontiguousAndOverlappingMentionsComeBack) {
  // "left ... atria large" and "right atria large": a shared part, as in coordinated findings.
  const MentionLabels form({"D"}, Form::layered, 2);
  const TokenizedText text = tokens_of_pieces(atria);
  const EncodedMentions encoded =
      form.encode(text, {0, 6}, {mention("D", {{0, 4}, {15, 26}}), mention("D", {{9, 26}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre("B-D", "O", "O", "J-D", "I-D", "O"));
  EXPECT_THAT(names(form, encoded.labels, 1), ElementsAre("O", "O", "B-D", "I-D", "I-D", "O"));
  EXPECT_THAT(encoded.lost, IsEmpty());
  EXPECT_THAT(form.decode(text, {0, 6}, encoded.labels),
              ElementsAre(DecodedMention{"D", {{0, 4}, {15, 26}}, {0, 5}}, DecodedMention{"D", {{9, 26}}, {2, 5}}));
}

TEST(MentionLabels, AMentionBetweenTheFragmentsOfAnotherTakesNoJoin) {
  const TokenizedText text = tokens_of_pieces(atria);
  // Of one type: the join would go to the mention between, so it moves to the second layer.
  const MentionLabels one({"D"}, Form::layered, 2);
  const EncodedMentions encoded = one.encode(text, {0, 6}, {mention("D", {{0, 4}, {21, 26}}), mention("D", {{9, 14}})});
  EXPECT_THAT(names(one, encoded.labels, 0), ElementsAre("B-D", "O", "O", "O", "J-D", "O"));
  EXPECT_THAT(names(one, encoded.labels, 1), ElementsAre("O", "O", "B-D", "O", "O", "O"));
  EXPECT_THAT(encoded.lost, IsEmpty());
  // Of two types: one layer holds both.
  const MentionLabels two({"D", "E"}, Form::layered, 1);
  const EncodedMentions mixed = two.encode(text, {0, 6}, {mention("D", {{0, 4}, {21, 26}}), mention("E", {{9, 14}})});
  EXPECT_THAT(names(two, mixed.labels, 0), ElementsAre("B-D", "O", "B-E", "O", "J-D", "O"));
  EXPECT_THAT(mixed.lost, IsEmpty());
}

TEST(MentionLabels, NeighbouringFragmentsStayApart) {
  const MentionLabels form({"D"}, Form::layered, 1);
  const TokenizedText text = tokens_of_pieces(atria);
  const EncodedMentions encoded =
      form.encode(text, {0, 6}, {mention("D", {{9, 14}, {15, 20}}), mention("D", {{21, 26}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre("O", "O", "B-D", "J-D", "B-D", "O"));
  EXPECT_THAT(encoded.lost, IsEmpty());
}

TEST(MentionLabels, EdgesInsideTokensComeBack) {
  // "(nNOS/eNOS)," with the tokens "(n" "NOS" "/eN" "OS" "),": nNOS is 1..5, eNOS is 6..10, "OS)" would be 8..11.
  const TokenizedText text = tokens_of_pieces({"(n", "NOS", "/eN", "OS", "),"});
  const MentionLabels form({"GENE"}, Form::layered, 1);
  const EncodedMentions encoded = form.encode(text, {0, 5}, {mention("GENE", {{1, 5}}), mention("GENE", {{6, 11}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre("B-GENE", "I-GENE", "B-GENE", "I-GENE", "I-GENE"));
  EXPECT_THAT(names(form, encoded.labels, 1), ElementsAre("before-1", ".", "before-1", ".", "."));
  EXPECT_THAT(names(form, encoded.labels, 2), ElementsAre(".", "after-0", ".", ".", "after-1"));
  EXPECT_THAT(encoded.lost, IsEmpty());
  // bio has no edges.
  EXPECT_THAT(MentionLabels({"GENE"}, Form::bio).encode(text, {0, 5}, {mention("GENE", {{1, 5}})}).lost,
              ElementsAre(0));
  const MentionLabels edges({"GENE"}, Form::edges);
  EXPECT_EQ(edges.layers().size(), 3u);
  EXPECT_EQ(edges.layers().front().size(), 3u);  // O, B, I
  EXPECT_THAT(edges.encode(text, {0, 5}, {mention("GENE", {{1, 5}})}).lost, IsEmpty());
}

TEST(MentionLabels, WithoutLayersEnoughTheLastMentionIsLostAndSaid) {
  const MentionLabels form({"A", "B", "C"}, Form::layered, 2);
  const TokenizedText text = tokens_of_pieces(atria);
  const std::vector<Mention> all = {mention("A", {{0, 4}}), mention("B", {{0, 4}}), mention("C", {{0, 4}})};
  EXPECT_THAT(form.encode(text, {0, 6}, all).lost, ElementsAre(2));
  EXPECT_THAT(MentionLabels({"A", "B", "C"}, Form::layered, 3).encode(text, {0, 6}, all).lost, IsEmpty());
}

TEST(MentionLabels, AWindowIgnoresWhatItCuts) {
  const MentionLabels form({"D"}, Form::bio);
  const TokenizedText text = tokens_of_pieces(atria);
  const EncodedMentions encoded =
      form.encode(text, {3, 6}, {mention("D", {{9, 20}}), mention("D", {{0, 4}}), mention("D", {{21, 26}})});
  EXPECT_THAT(names(form, encoded.labels, 0), ElementsAre(".", "B-D", "O"));
  EXPECT_THAT(encoded.cut, ElementsAre(0));
  EXPECT_THAT(encoded.lost, IsEmpty());
  EXPECT_THAT(form.decode(text, {3, 6}, encoded.labels), ElementsAre(DecodedMention{"D", {{21, 26}}, {4, 5}}));
}

TEST(MentionLabels, TransitionsAllowInsideOnlyAfterItsOwnType) {
  const MentionLabels form({"X", "Y"}, Form::layered, 1);
  const LabelLayer& layer = form.layers()[0];
  EXPECT_THAT(layer.names, ElementsAre("O", "B-X", "I-X", "J-X", "B-Y", "I-Y", "J-Y"));
  EXPECT_THAT(layer.start, ElementsAre(1, 1, 0, 0, 1, 0, 0));
  const auto row = [&](std::size_t from) {
    return std::vector<int>(layer.transitions.begin() + static_cast<std::ptrdiff_t>(from * 7),
                            layer.transitions.begin() + static_cast<std::ptrdiff_t>(from * 7 + 7));
  };
  EXPECT_THAT(row(0), ElementsAre(1, 1, 0, 1, 1, 0, 1));  // after O
  EXPECT_THAT(row(2), ElementsAre(1, 1, 1, 1, 1, 0, 1));  // after I-X
  EXPECT_THAT(row(6), ElementsAre(1, 1, 0, 1, 1, 1, 1));  // after J-Y
}

TEST(MentionLabels, IllFormedLabelsAreRead) {
  const MentionLabels form({"X", "Y"}, Form::layered, 1);
  const TokenizedText text = tokens_of_pieces({"a", " b", " c", " d", " e"});
  // I-X, I-Y, O, J-Y, J-X: the joins find their mentions; edges that leave nothing count as none.
  const LayeredLabels labels{3, 5, {2, 5, 0, 6, 3, 7, 7, 7, 7, 7, 0, ignored_label, 0, 0, 0}};
  EXPECT_THAT(form.decode(text, {0, 5}, labels), ElementsAre(DecodedMention{"X", {{0, 1}, {8, 9}}, {0, 5}},
                                                             DecodedMention{"Y", {{2, 3}, {6, 7}}, {1, 4}}));
  // A join before any mention of its type opens one.
  const LayeredLabels first{3, 5, {6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
  EXPECT_THAT(form.decode(text, {0, 5}, first), ElementsAre(DecodedMention{"Y", {{0, 3}}, {0, 2}}));
}

// Whatever encode() does not call lost, decode() gives back, and nothing else.
TEST(MentionLabels, RandomMentionsComeBackOrAreLost) {
  RandomStream random(11, 2);
  std::vector<std::string> pieces;
  for (int i = 0; i < 40; ++i) pieces.push_back(random.below(3) == 0 ? ")x" : " word");
  const TokenizedText text = tokens_of_pieces(pieces);
  const std::size_t characters = text.offsets().code_points();
  std::size_t kept = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<Mention> gold;
    for (std::size_t m = random.below(6); m > 0; --m) {
      std::vector<Span> fragments;
      std::size_t at = random.below(characters);
      for (std::size_t f = 1 + random.below(3); f > 0 && at + 1 < characters; --f) {
        const std::size_t end = std::min(characters, at + 1 + random.below(12));
        fragments.push_back({at, end});
        at = end + random.below(10);
      }
      if (!fragments.empty()) gold.push_back(mention(random.below(2) == 0 ? "A" : "B", fragments));
    }
    const MentionLabels form({"A", "B"}, Form::layered, 1 + random.below(4));
    const EncodedMentions encoded = form.encode(text, {0, 40}, gold);
    const std::vector<DecodedMention> back = form.decode(text, {0, 40}, encoded.labels);
    for (std::size_t i = 0; i < gold.size(); ++i) {
      const bool lost = std::find(encoded.lost.begin(), encoded.lost.end(), i) != encoded.lost.end();
      const bool found = std::any_of(back.begin(), back.end(), [&](const DecodedMention& d) {
        return d.type == gold[i].type && d.fragments == gold[i].fragments;
      });
      ASSERT_NE(lost, found);
      kept += found;
    }
    ASSERT_LE(back.size(), gold.size());
  }
  EXPECT_GT(kept, 300u);
}

TEST(MentionLabels, MergedWindowsGiveEachMentionOnce) {
  const std::vector<TokenRange> windows = {{0, 10}, {6, 16}};
  const DecodedMention early{"D", {{0, 2}}, {0, 1}}, shared{"D", {{20, 24}}, {8, 9}}, late{"D", {{40, 44}}, {14, 16}};
  EXPECT_THAT(merge_windows(windows, {{early, shared}, {shared, late}}), ElementsAre(early, shared, late));
}

TEST(MentionLabels, UnknownTypesAndBadFormsAreRefused) {
  const TokenizedText text = tokens_of_pieces(atria);
  EXPECT_THROW(MentionLabels({"D"}, Form::bio).encode(text, {0, 6}, {mention("E", {{0, 4}})}), InputError);
  EXPECT_THROW(MentionLabels({"D", "D"}, Form::bio), InputError);
  EXPECT_THROW(MentionLabels({"D"}, Form::layered, 9), InputError);
}

}  // namespace
}  // namespace polyclinic
