#include "data/held_out.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

Split numbered(std::size_t count, std::size_t group_size = 0) {
  Split split{"train", {}};
  for (std::size_t i = 0; i < count; ++i) {
    split.examples.emplace_back();
    split.examples.back().id = std::to_string(i);
    if (group_size > 0) split.examples.back().group = std::to_string(i / group_size);
  }
  return split;
}

std::vector<std::string> ids(const Split& split) {
  std::vector<std::string> out;
  for (const Example& example : split.examples) out.push_back(example.id);
  return out;
}

TEST(HeldOut, TakesEveryTenth) {
  Split training = numbered(20);
  const Split dev = hold_out_dev(training, 0.1);
  EXPECT_EQ(ids(dev), (std::vector<std::string>{"9", "19"}));
  EXPECT_EQ(training.examples.size(), 18u);
  EXPECT_EQ(dev.name, "dev");
}

TEST(HeldOut, TakesOneAtLeastAndNeverAll) {
  Split training = numbered(7);
  EXPECT_EQ(ids(hold_out_dev(training, 0.1)), (std::vector<std::string>{"6"}));
  Split one = numbered(1);
  EXPECT_THROW(hold_out_dev(one, 0.1), InputError);
}

TEST(HeldOut, KeepsGroupsTogether) {
  Split training = numbered(20, 5);
  EXPECT_EQ(ids(hold_out_dev(training, 0.25)), (std::vector<std::string>{"15", "16", "17", "18", "19"}));
  EXPECT_EQ(training.examples.size(), 15u);
}

}  // namespace
}  // namespace polyclinic
