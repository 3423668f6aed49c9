#include "tasks/code_points.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(CodePoints, AddressesByCodePoint) {
  const std::string text = "a\xC3\xA9\xE2\x89\xA4\xF0\x9F\x98\x80z";  // a é ≤ 😀 z
  const CodePoints points(text);
  EXPECT_EQ(points.size(), 5u);
  EXPECT_EQ(points.slice(1, 3), "\xC3\xA9\xE2\x89\xA4");
  EXPECT_EQ(points.slice(4, 99), "z");
  EXPECT_EQ(points.slice(3, 1), "");
  EXPECT_EQ(points.byte(4), 10u);
  EXPECT_EQ(points.at_byte(3), 2u);
  EXPECT_EQ(points.at_byte(2), std::nullopt);
  EXPECT_EQ(points.at_byte(11), 5u);
  EXPECT_EQ(count_code_points(text), 5u);
}

TEST(CodePoints, FindsInvalidUtf8) {
  EXPECT_EQ(invalid_utf8("plain \xE2\x89\xA4"), std::nullopt);
  EXPECT_EQ(invalid_utf8("caf\xE9 au lait"), 3u);    // Latin-1
  EXPECT_EQ(invalid_utf8("\xC0\xAF"), 0u);           // overlong
  EXPECT_EQ(invalid_utf8("\xED\xA0\x80"), 0u);       // surrogate
  EXPECT_EQ(invalid_utf8("x\xF4\x90\x80\x80"), 1u);  // above U+10FFFF
  EXPECT_EQ(invalid_utf8("cut \xE2\x89"), 4u);
}

}  // namespace
}  // namespace polyclinic
