#include "tasks/python2_order.h"

#include <gtest/gtest.h>

#include "core/concat.h"

namespace polyclinic {
namespace {

TEST(Python2Order, IsThatOfCPython27) {  // printed by CPython 2.7.18
  std::vector<std::string> keys;
  for (int i = 0; i < 30; ++i) keys.push_back(concat("Q", i / 10, "_R", i % 10));
  EXPECT_EQ(python2_dict_order(keys),
            (std::vector<std::size_t>{5,  4,  7,  6,  1,  0,  3,  2,  9,  8,  27, 26, 25, 24, 23,
                                      22, 21, 20, 29, 28, 18, 19, 16, 17, 14, 15, 12, 13, 10, 11}));
  EXPECT_EQ(python2_dict_order({"", "a", "\xff", "Q268"}), (std::vector<std::size_t>{0, 1, 3, 2}));
  EXPECT_TRUE(python2_dict_order({}).empty());
}

}  // namespace
}  // namespace polyclinic
