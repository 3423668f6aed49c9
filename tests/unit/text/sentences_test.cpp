#include "text/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace polyclinic {
namespace {

using testing::ElementsAre;

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> out;
  for (const ByteRange& range : sentences(text)) out.emplace_back(text.substr(range.begin, range.end - range.begin));
  return out;
}

TEST(Sentences, EndAtMarksBeforeACapitalOrNumber) {
  EXPECT_THAT(pieces("Seen today. No fever! Pain? 3 days."),
              ElementsAre("Seen today. ", "No fever! ", "Pain? ", "3 days."));
  EXPECT_THAT(pieces("He said \"no.\" Then left."), ElementsAre("He said \"no.\" ", "Then left."));
}

TEST(Sentences, AbbreviationsInitialsAndDecimalsDoNotEndThem) {
  EXPECT_THAT(pieces("Dr. Smith gave 2.5 mg q.d. Aspirin to J. Doe. Stable."),
              ElementsAre("Dr. Smith gave 2.5 mg q.d. Aspirin to J. Doe. ", "Stable."));
}

TEST(Sentences, BlankLinesHeadersAndListItemsBeginThem) {
  EXPECT_THAT(
      pieces("Allergies: none\nMedications:\n1. Aspirin\n2. Zocor\n- prn\n\nplan follows"),
      ElementsAre("Allergies: none\n", "Medications:\n", "1. Aspirin\n", "2. Zocor\n", "- prn\n\n", "plan follows"));
  EXPECT_THAT(pieces("a line that\r\nwraps on"), ElementsAre("a line that\r\nwraps on"));
}

TEST(Sentences, CoverTheTextWithoutGaps) {
  EXPECT_TRUE(sentences("").empty());
  for (const std::string_view text :
       {"  \n ", " A. B.  C!\n\n\nD", "\xC3\x89t\xC3\xA9. \xC3\x89t\xC3\xA9.", ".", ": :\n: x"}) {
    std::size_t at = 0;
    for (const ByteRange& range : sentences(text)) {
      EXPECT_EQ(range.begin, at);
      EXPECT_LT(range.begin, range.end);
      at = range.end;
    }
    EXPECT_EQ(at, text.size());
  }
}

}  // namespace
}  // namespace polyclinic
