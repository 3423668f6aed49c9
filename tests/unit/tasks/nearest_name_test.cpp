#include "tasks/nearest_name.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(NearestName, NamesTheNearest) {
  EXPECT_EQ(did_you_mean("semeval2014t8", {"measeval", "semeval2014t7"}), "did you mean 'semeval2014t7'?");
  EXPECT_EQ(did_you_mean("MeasEval", {"measeval", "conll"}), "did you mean 'measeval'?");
}

TEST(NearestName, ListsAllWhenNoneIsNear) { EXPECT_EQ(did_you_mean("zzz", {"a", "bcd"}), "choose one of a, bcd"); }

}  // namespace
}  // namespace polyclinic
