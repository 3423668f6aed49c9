#include "data/packer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {
using testing::ElementsAre;

Sequence sequence(std::int32_t task, std::vector<std::int32_t> ids) {
  Sequence s;
  s.task = task;
  s.token_ids = std::move(ids);
  return s;
}

TEST(Packer, FirstFitInOrder) {
  // Lengths 3, 2, 3, 1 into packs of 5: {3, 2}, {3, 1}.
  const std::vector<Sequence> step = {sequence(0, {1, 2, 3}), sequence(1, {4, 5}), sequence(0, {6, 7, 8}),
                                      sequence(1, {9})};
  const std::vector<Pack> packs = pack_step(step, 5);
  ASSERT_EQ(packs.size(), 2u);
  EXPECT_THAT(packs[0].token_ids, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(packs[0].positions, ElementsAre(0, 1, 2, 0, 1));
  EXPECT_THAT(packs[0].sequence_starts, ElementsAre(0, 3, 5));
  EXPECT_THAT(packs[0].sequence_task, ElementsAre(0, 1));
  EXPECT_THAT(packs[0].sequence_index, ElementsAre(0, 1));
  EXPECT_THAT(packs[1].token_ids, ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(packs[1].sequence_index, ElementsAre(2, 3));
}

TEST(Packer, ALaterShortSequenceFillsAnEarlierPack) {
  const std::vector<Pack> packs = pack_step({sequence(0, {1, 2, 3}), sequence(0, {4, 5, 6}), sequence(0, {7})}, 4);
  ASSERT_EQ(packs.size(), 2u);
  EXPECT_THAT(packs[0].sequence_index, ElementsAre(0, 2));
  EXPECT_THAT(packs[1].sequence_index, ElementsAre(1));
}

TEST(Packer, TwoStreamsOfOneSequenceLieSideBySide) {
  const std::vector<Pack> packs = pack_step({sequence(0, {1, 2}), sequence(1, {3, 4})}, 6, {{0}, {0, 1}});
  ASSERT_EQ(packs.size(), 1u);
  EXPECT_THAT(packs[0].token_ids, ElementsAre(1, 2, 3, 4, 3, 4));
  EXPECT_THAT(packs[0].positions, ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(packs[0].sequence_starts, ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(packs[0].sequence_route, ElementsAre(0, 0, 1));
  EXPECT_THAT(packs[0].sequence_index, ElementsAre(0, 1, 1));
  const std::vector<PackTokens> tokens = tokens_by_task(packs[0], 2);
  EXPECT_EQ(tokens[0].fed, 2);
  EXPECT_EQ(tokens[0].trunk, 2);
  EXPECT_EQ(tokens[1].fed, 2);
  EXPECT_EQ(tokens[1].trunk, 4);
}

TEST(Packer, StreamsAreNeverParted) {
  // 3 + 2 * 2 > 6: both streams go to the second pack.
  const std::vector<Pack> packs = pack_step({sequence(0, {1, 2, 3}), sequence(1, {4, 5})}, 6, {{}, {0, 1}});
  ASSERT_EQ(packs.size(), 2u);
  EXPECT_EQ(packs[1].tokens(), 4);
}

TEST(Packer, SequencesThatFitNowhereAreRefused) {
  EXPECT_THROW(pack_step({sequence(0, {1, 2, 3})}, 2), InputError);
  EXPECT_THROW(pack_step({sequence(0, {1, 2, 3})}, 5, {{0, 1}}), InputError);
  EXPECT_THROW(pack_step({sequence(0, {})}, 5), InputError);
  EXPECT_TRUE(pack_step({}, 5).empty());
}

}  // namespace
}  // namespace polyclinic
