#include "tasks/python3_text.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

// Expected values: what python3 -c "open(...).readlines()", "...".strip() and int("...") give.
TEST(Python3Lines, EndAtThreeLineBreaks) {
  EXPECT_EQ(python3_lines("a\nb\r\nc\rd"), (std::vector<std::string_view>{"a", "b", "c", "d"}));
  EXPECT_EQ(python3_lines("\r\r\n\n"), (std::vector<std::string_view>{"", "", ""}));
  EXPECT_EQ(python3_lines("a\x0b b\xE2\x80\xA8 c\n"), (std::vector<std::string_view>{"a\x0b b\xE2\x80\xA8 c"}));
  EXPECT_TRUE(python3_lines("").empty());
}

TEST(Python3Strip, KnowsBlanksOfUnicode) {
  EXPECT_EQ(python3_strip("\xE2\x80\x83\tT1 x\xC2\x85\xC2\xA0"), "T1 x");
  EXPECT_EQ(python3_strip("\xEF\xBB\xBFT1"), "\xEF\xBB\xBFT1");  // a byte order mark is no blank
  EXPECT_EQ(python3_strip(" \x1C "), "");
}

TEST(Python3Int, ReadsSignsBlanksAndUnderscores) {
  EXPECT_EQ(python3_int(" +1_000\xC2\xA0"), 1000);
  EXPECT_EQ(python3_int("-007"), -7);
  EXPECT_EQ(python3_int("99999999999999999999"), 9223372036854775807);
  for (const char* text : {"", "+", "1__0", "_1", "1_", "1.0", "- 1", "+-1", "0x1"}) {
    EXPECT_FALSE(python3_int(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace polyclinic
