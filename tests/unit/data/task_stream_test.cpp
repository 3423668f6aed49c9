#include "data/task_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace polyclinic {
namespace {

std::vector<std::size_t> take(TaskStream& stream, std::size_t count) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(stream.next());
  return out;
}

TEST(TaskStream, EachPassGivesEachExampleOnceInAnotherOrder) {
  TaskStream stream(3, "bc5cdr", 50);
  const std::vector<std::size_t> first = take(stream, 50), second = take(stream, 50);
  std::vector<std::size_t> all(50);
  for (std::size_t i = 0; i < 50; ++i) all[i] = i;
  EXPECT_THAT(first, testing::UnorderedElementsAreArray(all));
  EXPECT_THAT(second, testing::UnorderedElementsAreArray(all));
  EXPECT_NE(first, second);
  EXPECT_NE(first, all);
  EXPECT_EQ(stream.position(), (StreamPosition{2, 0}));
}

TEST(TaskStream, APositionIsTheWholeState) {
  TaskStream whole(3, "bc5cdr", 7);
  const std::vector<std::size_t> expected = take(whole, 40);
  for (std::size_t stop = 0; stop < 40; ++stop) {
    TaskStream before(3, "bc5cdr", 7);
    std::vector<std::size_t> got = take(before, stop);
    const nlohmann::json saved = before.position();
    TaskStream after(3, "bc5cdr", 7, saved.get<StreamPosition>());
    const std::vector<std::size_t> rest = take(after, 40 - stop);
    got.insert(got.end(), rest.begin(), rest.end());
    ASSERT_EQ(got, expected) << "stopped after " << stop;
  }
}

TEST(TaskStream, SeedPassAndTaskEachChangeTheOrder) {
  const auto order = epoch_order(1, 0, "a", 30);
  EXPECT_EQ(order, epoch_order(1, 0, "a", 30));
  EXPECT_NE(order, epoch_order(2, 0, "a", 30));
  EXPECT_NE(order, epoch_order(1, 1, "a", 30));
  EXPECT_NE(order, epoch_order(1, 0, "b", 30));
}

TEST(TaskStream, NoExamplesOrAPositionBeyondThemIsRefused) {
  EXPECT_THROW(TaskStream(1, "a", 0), InputError);
  EXPECT_THROW(TaskStream(1, "a", 5, {0, 5}), InputError);
}

}  // namespace
}  // namespace polyclinic
