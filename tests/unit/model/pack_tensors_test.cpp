#include "model/pack_tensors.h"

#include <gtest/gtest.h>

namespace polyclinic {
namespace {

TEST(PackTensors, CarriesIdsPositionsAndTheLongestSequence) {
  Pack pack;
  pack.token_ids = {5, 6, 7, 8, 9};
  pack.positions = {0, 1, 0, 1, 2};
  pack.sequence_starts = {0, 2, 5};
  pack.sequence_task = {0, 1};
  pack.sequence_route = {0, 0};
  pack.sequence_index = {0, 1};
  const PackTensors tensors = to_device(pack, at::Device(at::kCPU));
  EXPECT_EQ(tensors.token_ids.scalar_type(), at::kLong);
  EXPECT_EQ(tensors.token_ids.data_ptr<std::int64_t>()[4], 9);
  EXPECT_EQ(tensors.positions.data_ptr<std::int64_t>()[2], 0);
  EXPECT_EQ(tensors.sequence_starts.scalar_type(), at::kInt);
  EXPECT_EQ(tensors.sequence_starts.data_ptr<std::int32_t>()[1], 2);
  EXPECT_EQ(tensors.longest, 3);
  ASSERT_EQ(tensors.predicting_rows.numel(), 3);
  for (const auto& [i, row] : {std::pair{0, 0}, std::pair{1, 2}, std::pair{2, 3}}) {
    EXPECT_EQ(tensors.predicting_rows.data_ptr<std::int64_t>()[i], row);
  }
  EXPECT_EQ(tensors.tokens(), 5);
  EXPECT_EQ(tensors.host.sequences(), 2);
}

}  // namespace
}  // namespace polyclinic
