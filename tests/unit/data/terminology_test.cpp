#include "data/terminology.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

constexpr const char* kRows =
    "C0000001|ENG|P|L1|PF|S1|Y|A1||||SNOMEDCT_US|PT|1|Failure, of the Kidney|0|N||\n"
    "C0000001|ENG|S|L2|PF|S2|Y|A2||||SNOMEDCT_US|SY|1|Renal insufficiency|0|N||\n"
    "C0000002|ENG|P|L3|PF|S3|Y|A3||||SNOMEDCT_US|PT|2|Heart failure|0|N||\n"
    "C0000003|SPA|P|L4|PF|S4|Y|A4||||SCTSPA|PT|3|dolor|0|N||\n"
    "C0000004|ENG|P|L5|PF|S5|Y|A5||||SNOMEDCT_US|OP|4|old name|0|O||\n";

TEST(NormalisedName, IgnoresCaseOrderPossessivesAndFunctionWords) {
  EXPECT_EQ(normalised_name("Failure, of the Kidney"), "failure kidney");
  EXPECT_EQ(normalised_name("kidney failure NOS"), "failure kidney");
  EXPECT_EQ(normalised_name("Crohn's disease"), "crohn disease");
  EXPECT_EQ(normalised_name("Bell's"), "bell");
  EXPECT_EQ(normalised_name("in the"), "in the");  // never nothing where there are words
  EXPECT_EQ(normalised_name(" - "), "");
  EXPECT_EQ(normalised_name("na\xC3\xAFve"), "na\xC3\xAFve");
}

TEST(NameTrigrams, StayInsideWords) {
  const auto trigram = [](const char* t) { return static_cast<std::uint32_t>(t[0] << 16 | t[1] << 8 | t[2]); };
  std::vector<std::uint32_t> wanted = {trigram(" ab"), trigram("ab "), trigram(" cd"), trigram("cde"), trigram("de ")};
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(name_trigrams("ab cde"), wanted);
}

TEST(Terminology, ReadsEnglishNamesThatAreNotSuppressed) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "MRCONSO.RRF", kRows);
  Terminology terminology;
  terminology.read_mrconso(folder.path() / "MRCONSO.RRF");
  terminology.add("C0000009", "dolor");
  terminology.add("C0000001", "KIDNEY FAILURE");  // known
  terminology.finish();
  EXPECT_EQ(terminology.names(), 4u);
  EXPECT_TRUE(terminology.listed(2));
  EXPECT_FALSE(terminology.listed(3));
}

TEST(Terminology, GivesTheSameNameFirstThenNearOnes) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "MRCONSO.RRF", kRows);
  Terminology terminology;
  terminology.read_mrconso(folder.path() / "MRCONSO.RRF");
  terminology.finish();
  const auto found = terminology.candidates(normalised_name("kidney failures"), 5);
  ASSERT_EQ(found.size(), 2u);  // one of each concept
  EXPECT_EQ(terminology.concept_of(found[0].name), "C0000001");
  EXPECT_FALSE(found[0].exact);
  EXPECT_GT(found[0].similarity, found[1].similarity);
  const auto same = terminology.candidates(normalised_name("Heart Failure"), 1);
  ASSERT_EQ(same.size(), 1u);
  EXPECT_TRUE(same[0].exact);
  EXPECT_NEAR(same[0].similarity, 1, 1e-6);
  EXPECT_TRUE(terminology.candidates("zzz", 5).empty());
}

// Names "ab" and "abc": trigram " ab" in both (rarity log 3/2), "ab " in the first, "abc" and "bc " in the second
// (log 3). Asked for "ab": with the second, cosine log(3/2)^2 / (|ab| |abc|).
TEST(Terminology, SimilarityIsTheCosineOfRareTrigrams) {
  Terminology terminology;
  terminology.add("C1", "ab");
  terminology.add("C2", "abc");
  terminology.finish();
  const auto found = terminology.candidates("ab", 2);
  ASSERT_EQ(found.size(), 2u);
  const double common = std::log(1.5) * std::log(1.5), rare = std::log(3.0) * std::log(3.0);
  EXPECT_NEAR(found[1].similarity, common / std::sqrt((common + rare) * (common + 2 * rare)), 1e-6);
}

TEST(Terminology, NamesTheRowThatIsWrong) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "bad.RRF", concat(kRows, "C0000001|ENG|only\n"));
  Terminology terminology;
  try {
    terminology.read_mrconso(folder.path() / "bad.RRF");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.where().line, 6);
  }
  EXPECT_THROW(terminology.read_mrconso(folder.path() / "absent.RRF"), InputError);
}

}  // namespace
}  // namespace polyclinic
