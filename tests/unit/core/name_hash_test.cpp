#include "core/name_hash.h"

#include <gtest/gtest.h>

namespace polyclinic {

// Test vectors of the FNV authors (64 bits, 1a).
TEST(NameHash, IsFnv1a) {
  EXPECT_EQ(name_hash(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(name_hash("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(name_hash("foobar"), 0x85944171f73967e8ull);
  EXPECT_EQ(name_hash("bar", name_hash("foo")), name_hash("foobar"));
}

}  // namespace polyclinic
