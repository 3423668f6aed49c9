#include "tasks/diagnostics.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(Diagnostics, CollectsAndCounts) {
  Diagnostics found(Diagnostics::Mode::collect);
  found.warning("odd", {"a.txt"});
  found.error("offset 9 is past the end (5)", {"a.ann", 3}, "correct the offset");
  ASSERT_EQ(found.items().size(), 2u);
  EXPECT_EQ(found.errors(), 1u);
  EXPECT_EQ(found.warnings(), 1u);
  EXPECT_EQ(to_string(found.items()[1]), "a.ann:3: offset 9 is past the end (5); correct the offset");
}

TEST(Diagnostics, ThrowsTheFirstErrorOtherwise) {
  Diagnostics strict;
  EXPECT_NO_THROW(strict.warning("odd"));
  EXPECT_THROW(strict.error("bad"), InputError);
}

}  // namespace
}  // namespace polyclinic
