#include "core/edit_distance.h"

#include <gtest/gtest.h>

namespace polyclinic {

// Counted by hand; kitten and sitting are the textbook pair.
TEST(EditDistance, CountsInsertionsDeletionsAndChanges) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
}

TEST(EditDistance, IgnoresCaseOnlyWhenAsked) {
  EXPECT_EQ(edit_distance("Rank", "rank"), 1U);
  EXPECT_EQ(edit_distance("Rank", "rank", true), 0U);
}

}  // namespace polyclinic
