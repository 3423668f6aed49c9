#include "tasks/official_text.h"

#include <cmath>

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(OfficialText, ReprIsPythons) {  // values as CPython 3.11 prints them
  EXPECT_EQ(python_repr(0.0), "0.0");
  EXPECT_EQ(python_repr(-0.0), "-0.0");
  EXPECT_EQ(python_repr(1.0), "1.0");
  EXPECT_EQ(python_repr(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(python_repr(1e16), "1e+16");
  EXPECT_EQ(python_repr(123456789012345680.0), "1.2345678901234568e+17");
  EXPECT_EQ(python_repr(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(python_repr(0.0001), "0.0001");
  EXPECT_EQ(python_repr(0.00001), "1e-05");
  EXPECT_EQ(python_repr(1e22), "1e+22");
  EXPECT_EQ(python_repr(5e-324), "5e-324");
  EXPECT_EQ(python_repr(NAN), "nan");
  EXPECT_EQ(python_repr(2.0 / 3.0), "0.6666666666666666");
}

TEST(OfficialText, ReadsNumbersAsPythonDoes) {
  EXPECT_EQ(python_float(" 1e-3\r"), 0.001);
  EXPECT_EQ(python_float("0x10"), std::nullopt);
  EXPECT_EQ(python_float("1,5"), std::nullopt);
  EXPECT_EQ(python_float(""), std::nullopt);
  EXPECT_TRUE(std::isnan(*python_float("nan")));
  EXPECT_EQ(python_int(" +7 "), 7);
  EXPECT_EQ(python_int("7.0"), std::nullopt);
  EXPECT_EQ(python_int("+-7"), std::nullopt);
}

TEST(OfficialText, SplitsAsPythonDoes) {
  EXPECT_EQ(split_blanks("  a\t b\r\n"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(split("a  b", ' '), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ' '), (std::vector<std::string_view>{""}));
}

TEST(OfficialText, LinesKnowTheirEnd) {
  const std::vector<Line> lines = lines_of("a\r\n\nb");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].carriage_return);
  EXPECT_EQ(lines[0].text, "a");
  EXPECT_EQ(lines[2].text, "b");
  EXPECT_EQ(lines[2].number, 3);
  EXPECT_TRUE(lines_of("").empty());
}

TEST(OfficialText, PrintfRoundsTheExactBinaryValue) {
  EXPECT_EQ(printf_text("%.3f", 0.0625), "0.062");  // exact tie: half to even
  EXPECT_EQ(printf_text("%5.1f|%s", 2.25, std::string(400, 'x').c_str()).size(), 406u);
}

}  // namespace
}  // namespace polyclinic
