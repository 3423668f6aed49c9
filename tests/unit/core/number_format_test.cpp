#include "core/number_format.h"

#include <gtest/gtest.h>

namespace polyclinic {

TEST(NumberFormat, FixedRoundsAsPrintfDoes) {
  EXPECT_EQ(fixed(0.12345, 3), "0.123");
  EXPECT_EQ(fixed(-2.5, 1), "-2.5");
  EXPECT_EQ(fixed(99.96, 1), "100.0");
}

TEST(NumberFormat, SeparatorsEveryThreeDigits) {
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1000), "1,000");
  EXPECT_EQ(with_separators(1234567), "1,234,567");
  EXPECT_EQ(with_separators(-123), "-123");
  EXPECT_EQ(with_separators(-1234), "-1,234");
}

}  // namespace polyclinic
