#include "train/network.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "support/one_thread.h"
#include "unit/train/network_case.h"

namespace polyclinic {
namespace {

const std::vector<PartShape> hierarchy = {{"entities", {0}}, {"relations", {0, 1}}};

// What the head of `part` reads of each of `sequences` that are its own, from one pack.
std::vector<at::Tensor> rows_of(const Network& network, std::size_t part, const std::vector<PartSequence>& sequences) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> out(sequences.size());
  for (const PackTensors& pack : network.packs(sequences, 4096)) {
    const PartBatch batch = network.batch(part, network.hidden(pack, std::nullopt), pack, sequences);
    for (std::size_t r = 0; r < batch.rows.size(); ++r) {
      out[batch.items[r]] = batch.hidden.slice(0, batch.rows[r].begin, batch.rows[r].end);
    }
  }
  return out;
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Network, ClosedGateReadsTheSecondStreamAlone) {
  const Corpus corpus(2, 4);
  const auto both = small_network(small_plan(2, false), hierarchy);
  const auto alone = small_network(small_plan(2, false), {{"entities", {0}}, {"relations", {1}}});
  randomise(*both, 0);
  randomise(*alone, 0);
  const auto sequences = corpus.step(4);
  const auto a = rows_of(*both, 1, sequences), b = rows_of(*alone, 1, sequences);
  randomise(*both, 0.7);
  const auto open = rows_of(*both, 1, sequences);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i].part != 1) continue;
    EXPECT_LT(difference(a[i], b[i]), 1e-5);
    EXPECT_GT(difference(open[i], b[i]), 1e-2);
  }
}

TEST(Network, SequencesOfAPackDoNotMeet) {
  const Corpus corpus(2, 5);
  const auto network = small_network(small_plan(2, false), hierarchy);
  randomise(*network, 0.7);
  const auto sequences = corpus.step(5);
  for (const std::size_t part : {0U, 1U}) {
    const auto together = rows_of(*network, part, sequences);
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (sequences[i].part != part) continue;
      const auto alone = rows_of(*network, part, {sequences[i]});
      EXPECT_LT(difference(alone.front(), together[i]), 1e-5);
    }
  }
}

TEST(Network, CountsTheSecondStreamAsTrunkTokens) {
  const Corpus corpus(2, 1);
  const auto network = small_network(small_plan(2, false), hierarchy);
  const auto sequences = corpus.step(1);
  const auto length = [&](std::size_t i) { return static_cast<std::int64_t>(sequences[i].tokens().token_ids.size()); };
  EXPECT_EQ(network->trunk_tokens(sequences[0]), length(0));
  EXPECT_EQ(network->trunk_tokens(sequences[1]), 2 * length(1));
  const auto packs = network->packs(sequences, 4096);
  ASSERT_EQ(packs.size(), 1U);
  EXPECT_EQ(packs.front().tokens(), length(0) + 2 * length(1));
}

TEST(Network, OneStreamHasNoCrossLevelParameters) {
  const auto flat = small_network(small_plan(1, false), {{"entities", {0}}});
  const auto both = small_network(small_plan(2, false), hierarchy);
  EXPECT_EQ(flat->cross_level_parameters(), 0);
  EXPECT_EQ(both->cross_level_parameters(), 2 * 16 * 64 + 1);
  EXPECT_EQ(both->cross_level_parameters(), cross_level_parameters(16));
  EXPECT_EQ(flat->total_parameters(), flat->adapters().total_parameters());
  EXPECT_EQ(both->total_parameters(), both->adapters().total_parameters() + 2 * 16 * 64 + 1);
  EXPECT_EQ(both->active_parameters(), both->adapters().active_parameters(1) + 2 * 16 * 64 + 1);
}

}  // namespace
}  // namespace polyclinic
