#include "report/text_table.h"

#include <gtest/gtest.h>

#include "core/number_format.h"

namespace polyclinic {
namespace {

TEST(TextTable, ColumnsAlignByCodePoints) {
  EXPECT_EQ(text_table({{"é", "x"}, {"abc", "yy"}}), "é    x\nabc  yy\n");
  EXPECT_EQ(text_table({{"name", "count"}, {"a", "7"}}, {1}), "name  count\na         7\n");
  EXPECT_EQ(text_table({{"long", "b"}, {"a"}}), "long  b\na\n");
  EXPECT_EQ(text_table({}), "");
}

TEST(TextTable, Numbers) {
  EXPECT_EQ(score_text(0.5), "0.5000");
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1000), "1,000");
  EXPECT_EQ(with_separators(36470784), "36,470,784");
  EXPECT_EQ(with_separators(-100), "-100");
  EXPECT_EQ(with_separators(-1000), "-1,000");
}

}  // namespace
}  // namespace polyclinic
