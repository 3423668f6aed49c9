// Equality with the official script's bytes: official_outputs_test.cpp. Here: counts by hand, and refusals.
#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "tasks/semeval2014t7.h"

namespace polyclinic {
namespace {

// Two predictions on one gold mention are two relaxed hits, so recall is 2/2; touching spans are no hit.
TEST(Semeval2014t7, CountsByHand) {
  const DisorderTable gold = {{"d", {{"10-20", "c1"}, {"30-40", "c2"}}}};
  const DisorderTable predicted = {{"d", {{"10-15", "c1"}, {"15-20", "c1"}, {"20-30", "c2"}, {"30-40", "c1"}}}};
  const ScoreReport a = score_semeval2014t7(gold, predicted, "A");
  EXPECT_EQ(a.json["strict"]["true_positive"], 1);
  EXPECT_EQ(a.json["strict"]["false_positive"], 3);
  EXPECT_EQ(a.json["strict"]["false_negative"], 1);
  EXPECT_DOUBLE_EQ(a.primary, 2 * 0.25 * 0.5 / 0.75);
  EXPECT_EQ(a.json["relaxed"]["true_positive"], 3);
  EXPECT_EQ(a.json["relaxed"]["false_positive"], 1);
  EXPECT_EQ(a.json["relaxed"]["false_negative"], 0);
  ASSERT_EQ(a.documents.size(), 1u);
  EXPECT_EQ(a.documents[0].predicted, 4);
  EXPECT_EQ(a.documents[0].gold, 2);
  EXPECT_EQ(score_semeval2014t7(gold, predicted, "B").primary, 0);  // the right span has the wrong CUI
}

TEST(Semeval2014t7, RefusesWhereTheScriptDies) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& line) {
    std::ofstream(folder.path() / "a.pipe") << "d||Disease_Disorder||C1||1||2\n" << line << "\n";
    try {
      load_semeval2014t7(folder.path(), false);
    } catch (const InputError& error) {
      return std::string(error.what()).substr(folder.path().string().size());
    }
    return std::string();
  };
  EXPECT_EQ(message("d||x||C1||5"),
            "/a.pipe:2: a line has 4 fields; write DocName||Disease_Disorder||CUI||start||end[||start||end]");
  EXPECT_EQ(message("d||x||C1||5||4"),
            "/a.pipe:2: offset 4 stands after 5; write the offsets of a line in increasing order");
  EXPECT_NE(message("\r"), "");
  EXPECT_EQ(message(""), "");
}

TEST(Semeval2014t7, StripsCarriageReturnsWhenAsked) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "a.pipe") << "d||x||C1||1||2\r\n";
  EXPECT_TRUE(load_semeval2014t7(folder.path(), true).at("d").contains("1-2"));
  EXPECT_TRUE(load_semeval2014t7(folder.path(), false).at("d").contains("1-2\r"));
}

}  // namespace
}  // namespace polyclinic
