#include "data/lengths.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace polyclinic {
namespace {

std::vector<std::size_t> one_to(std::size_t n) {
  std::vector<std::size_t> out;
  for (std::size_t i = n; i > 0; --i) out.push_back(i);
  return out;
}

TEST(Lengths, PercentilesByNearestRank) {
  const Lengths lengths(one_to(20));
  EXPECT_EQ(lengths.percentile(95), 19u);
  EXPECT_EQ(lengths.percentile(95.1), 20u);
  EXPECT_EQ(lengths.percentile(100), 20u);
  EXPECT_EQ(lengths.percentile(0.1), 1u);
  EXPECT_DOUBLE_EQ(lengths.mean(), 10.5);
  EXPECT_THROW(lengths.percentile(0), InputError);
  EXPECT_THROW(lengths.percentile(101), InputError);
  EXPECT_EQ(Lengths({}).percentile(95), 0u);
}

TEST(Lengths, TheSuggestionIsRoundAndWithinTheModel) {
  const Lengths lengths(one_to(100));
  EXPECT_EQ(lengths.suggested_max_seq_len(95, 4096), 96u);
  EXPECT_EQ(lengths.suggested_max_seq_len(97, 4096), 104u);
  EXPECT_EQ(lengths.suggested_max_seq_len(97, 64), 64u);
}

TEST(Lengths, HistogramHoldsEveryExampleOnce) {
  const Lengths lengths({0, 1, 9, 10, 11, 37});
  const auto bins = lengths.histogram(4);  // width 10: 0-9, 10-19, 20-29, 30-39
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_EQ(bins[0].count, 3u);
  EXPECT_EQ(bins[1].count, 2u);
  EXPECT_EQ(bins[2].count, 0u);
  EXPECT_EQ(bins[3].count, 1u);
  EXPECT_EQ(bins[3].low, 30u);
  EXPECT_EQ(Lengths({7}).histogram(40).size(), 8u);
  EXPECT_TRUE(Lengths({}).histogram(40).empty());
  EXPECT_LE(Lengths({123456}).histogram(40).size(), 40u);
}

TEST(Lengths, TheSvgHasOneBarABin) {
  const std::string svg = lengths_svg(Lengths({1, 1, 2}), "a < b & c", 8);
  std::size_t bars = 0;
  for (std::size_t at = svg.find("class=\"bin\""); at != std::string::npos; at = svg.find("class=\"bin\"", at + 1))
    ++bars;
  EXPECT_EQ(bars, 3u);
  EXPECT_NE(svg.find("a &lt; b &amp; c"), std::string::npos);
  EXPECT_NE(svg.find("1 to 1 tokens: 2"), std::string::npos);
  EXPECT_NE(lengths_svg(Lengths({}), "empty", 8).find("</svg>"), std::string::npos);
}

}  // namespace
}  // namespace polyclinic
