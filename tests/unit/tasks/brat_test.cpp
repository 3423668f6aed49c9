#include "tasks/brat.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

constexpr const char* kText = "Pain in left \xC3\xA9paule and right knee.\n";
constexpr const char* kAnnotation =
    "T1\tFinding 0 4\tPain\n"
    "T2\tSite 8 12;24 28\tleft knee\n"
    "T3\tDrug 13 19\t\xC3\xA9paule\n"
    "E1\tSeen:T1 Theme:T2 Theme2:T3\n"
    "R1\tLocated Arg1:E1 Arg2:T2\t\n"
    "A1\tNegation T1\n"
    "M1\tLevel T1 high\n"
    "N1\tReference T3 UMLS:C:001\t\xC3\xA9paule\n"
    "#1\tAnnotatorNotes T1\tfree\ttext\n"
    "*\tEquiv T2 T3\n";

// "knee" really begins at 30; T2 says 24..28 = "righ".
TEST(Brat, ReadsEveryKindOfLine) {
  Diagnostics strict;
  const BratDocument d = parse_brat(kAnnotation, "a.ann", strict);
  ASSERT_EQ(d.entities.size(), 3u);
  EXPECT_EQ(d.entities[1].fragments, (std::vector<Span>{{8, 12}, {24, 28}}));
  ASSERT_EQ(d.events.size(), 1u);
  EXPECT_EQ(d.events[0].trigger, "T1");
  EXPECT_EQ(d.events[0].arguments[1].role, "Theme2");
  EXPECT_EQ(d.relations[0].source.id, "E1");
  EXPECT_FALSE(d.attributes[0].value);
  EXPECT_EQ(d.attributes[1].value, "high");
  EXPECT_EQ(d.normalisations[0].database, "UMLS");
  EXPECT_EQ(d.normalisations[0].concept_id, "C:001");
  EXPECT_EQ(d.notes[0].text, "free\ttext");
  EXPECT_EQ(d.equivalences[0].members.size(), 2u);
}

TEST(Brat, FormatsWhatItRead) {
  Diagnostics strict;
  const std::string once = format_brat(parse_brat(kAnnotation, "a.ann", strict));
  EXPECT_EQ(format_brat(parse_brat(once, "a.ann", strict)), once);
}

TEST(Brat, ChecksTextInCodePoints) {
  Diagnostics found(Diagnostics::Mode::collect);
  BratDocument d = parse_brat(kAnnotation, "a.ann", found);
  check_brat(d, kText, "a.ann", found);
  ASSERT_GE(found.errors(), 1u);  // T2, and what refers to it
  EXPECT_EQ(to_string(found.items()[0]),
            "a.ann:2: the text of T2 is 'left knee' and its span holds 'left righ'; correct the offsets or the text");
  EXPECT_EQ(d.entities.size(), 2u);
  EXPECT_EQ(d.entities[1].id, "T3");
}

TEST(Brat, IsLenientOnBlanksInTheTextField) {
  Diagnostics strict;
  BratDocument d = parse_brat("T1\tA 0 7\tab cd f\nT2\tA 0 2;3 5\tabcd\n", "a.ann", strict);
  EXPECT_NO_THROW(check_brat(d, "ab\ncd f", "a.ann", strict));
}

TEST(Brat, AnEventStandsForItsTrigger) {
  Diagnostics strict;
  BratDocument d =
      parse_brat("T1\tA 0 2\tab\nT2\tB 3 5\tcd\nE1\tA:T1\nR1\tX Arg1:E1 Arg2:T2\nA1\tNeg E1\n", "a.ann", strict);
  check_brat(d, "ab cd", "a.ann", strict);
  const Example example = brat_example(d, "a", "ab cd");
  ASSERT_EQ(example.relations.size(), 1u);
  EXPECT_EQ(example.relations[0].source, 0u);
  EXPECT_EQ(example.mentions[0].attributes.at("Neg"), "true");
}

TEST(Brat, ExamplesSurviveTheFile) {
  Example example;
  example.text = "ab\ncd \xE2\x89\xA4";
  example.mentions = {{"T1", "A", {{0, 5}}, {{"Neg", "true"}, {"Level", "2"}}, "UMLS:C01"},
                      {"T2", "B", {{0, 2}, {6, 7}}, {}, {}}};
  example.relations = {{"R1", "X", 1, 0}};
  Diagnostics strict;
  BratDocument d = parse_brat(format_brat(brat_document(example)), "a.ann", strict);
  check_brat(d, example.text, "a.ann", strict);
  const Example back = brat_example(d, "", example.text);
  ASSERT_EQ(back.mentions.size(), 2u);
  EXPECT_EQ(back.mentions[0].attributes, example.mentions[0].attributes);
  EXPECT_EQ(back.mentions[0].concept_id, "UMLS:C01");
  EXPECT_EQ(back.mentions[1].fragments, example.mentions[1].fragments);
  EXPECT_EQ(back.relations[0].source, 1u);
}

}  // namespace
}  // namespace polyclinic
