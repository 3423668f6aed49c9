#include "tasks/perl_text.h"

#include <cmath>

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

// Expected values: perl -e 'print 0 + "..."'.
TEST(PerlNumber, ReadsTheLongestNumericBeginning) {
  EXPECT_EQ(perl_number("12ab"), 12);
  EXPECT_EQ(perl_number(" \t-7 x"), -7);
  EXPECT_EQ(perl_number("+.5e1"), 5);
  EXPECT_EQ(perl_number("3e"), 3);
  EXPECT_EQ(perl_number("0x10"), 0);
  EXPECT_EQ(perl_number("."), 0);
  EXPECT_EQ(perl_number("12\r"), 12);
  EXPECT_EQ(perl_number(""), 0);
  EXPECT_TRUE(std::isinf(perl_number("Inf")));
  EXPECT_TRUE(std::isnan(perl_number("nano")));
  EXPECT_TRUE(std::isinf(perl_number("1e999")));
}

// Expected: perl -e 'print "..." < "..."'.
TEST(PerlNumber, KeepsWholeNumbersOf64Bits) {
  EXPECT_LT(perl_number("18446744073709551614"), perl_number("18446744073709551615"));
  EXPECT_LT(perl_number("-9007199254740993"), perl_number("-9007199254740992"));
  EXPECT_EQ(perl_number("18446744073709551616"), perl_number("18446744073709551618"));
}

// Expected: perl -e 'print join "+", split(/\|\|/, "...")'.
TEST(PerlSplit, DropsEmptyFieldsAtTheEndOnly) {
  EXPECT_EQ(perl_split("a||b||||", "||"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(perl_split("||a", "||"), (std::vector<std::string_view>{"", "a"}));
  EXPECT_EQ(perl_split("a|||b", "||"), (std::vector<std::string_view>{"a", "|b"}));
  EXPECT_TRUE(perl_split("", "||").empty());
  EXPECT_TRUE(perl_split("||", "||").empty());
}

// Expected: perl -e 'my ($a, $b, $c) = split(/\|/, "..."); print defined $b'.
TEST(PerlSplitToScalars, KeepsEmptyFieldsAtTheEnd) {
  std::vector<std::string_view> fields;
  perl_split_to_scalars("d|", "|", fields);
  EXPECT_EQ(fields, (std::vector<std::string_view>{"d", ""}));
  perl_split_to_scalars("", "|", fields);
  EXPECT_TRUE(fields.empty());
}

TEST(AsciiLower, LeavesOtherBytes) { EXPECT_EQ(ascii_lower("CUI-LESS \xC3\x89"), "cui-less \xC3\x89"); }

}  // namespace
}  // namespace polyclinic
