#include "tasks/code_points.h"

#include <string>

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(CodePoints, SlicesAsPythonDoes) {
  const std::string text = "a\xC3\xA9\xE2\x89\xA4\xF0\x9F\x98\x80z";  // a é ≤ 😀 z
  const CodePoints points(text);
  EXPECT_EQ(points.size(), 5u);
  EXPECT_EQ(points.slice(1, 3), "\xC3\xA9\xE2\x89\xA4");
  EXPECT_EQ(points.slice(4, 99), "z");
  EXPECT_EQ(points.slice(3, 1), "");
  EXPECT_EQ(points.slice(9, 12), "");
}

TEST(CodePoints, CrossesFromBytes) {
  const std::string text = "a\xC3\xA9\xE2\x89\xA4\xF0\x9F\x98\x80z";
  const CodePoints points(text);
  EXPECT_EQ(points.at_byte(3), 2u);
  EXPECT_EQ(points.at_byte(2), std::nullopt);
  EXPECT_EQ(points.at_byte(11), 5u);
  EXPECT_EQ(points.at_byte(12), std::nullopt);
}

TEST(CodePoints, KnowsTheLineOfAByte) {
  EXPECT_EQ(line_of_byte("a\nb\nc", 0), 1);
  EXPECT_EQ(line_of_byte("a\nb\nc", 4), 3);
  EXPECT_EQ(line_of_byte("a\nb\nc", 400), 3);
}

}  // namespace
}  // namespace polyclinic
