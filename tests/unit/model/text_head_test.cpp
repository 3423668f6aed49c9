#include "model/heads/text_head.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/head_probe.h"
#include "support/tiny_tokenizer.h"

namespace polyclinic {
namespace {

Example pair_of(const std::string& first, const std::string& second) {
  Example example;
  example.id = "e";
  example.text = first;
  example.second_text = second;
  return example;
}

TextReader reader(std::int64_t width, std::size_t max_tokens, const std::string& pooling, const std::string& pair,
                  bool bidirectional = false) {
  HeadOptions options;
  options.hidden_size = width;
  options.window.max_tokens = max_tokens;
  options.settings.pooling = pooling;
  options.settings.pair = pair;
  options.bidirectional = bidirectional;
  return TextReader(options);
}

std::string repeated(const std::string& word, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += word;
  return out;
}

TEST(TextReader, APairIsOneSequenceAndItsTextsAreFound) {
  TextExample out;
  HeadCounts counts;
  reader(4, 512, "last", "joint").encode(pair_of("Does it help?", "It does."), tiny_tokenizer(), out, counts);
  ASSERT_EQ(out.sequences.size(), 1u);
  const auto& ids = out.sequences[0].token_ids;
  const auto text_of = [&](TokenRange range) {
    return tiny_tokenizer().decode(
        {ids.begin() + static_cast<std::ptrdiff_t>(range.first), ids.begin() + static_cast<std::ptrdiff_t>(range.last)},
        false);
  };
  EXPECT_EQ(text_of(out.first), "Does it help?");
  EXPECT_EQ(text_of(out.second), "It does.");
  EXPECT_EQ(text_of({out.first.last, out.second.first}), "\n");
  EXPECT_EQ(counts.cut, 0);
}

TEST(TextReader, ALongPairIsCutFromItsLongerTextAndCounted) {
  const TextReader short_reader = reader(4, 32, "last", "joint");
  TextExample out;
  HeadCounts counts;
  short_reader.encode(pair_of("Does it help?", repeated("pain ", 200)), tiny_tokenizer(), out, counts);
  const std::size_t first = tiny_tokenizer().encode_plain("Does it help?", false).size();
  const std::size_t second = tiny_tokenizer().encode_plain(repeated("pain ", 200), false).size();
  EXPECT_EQ(out.sequences[0].token_ids.size(), 32u);
  EXPECT_EQ(out.first.size(), first);  // the short one is whole
  EXPECT_EQ(counts.texts, 1);
  EXPECT_EQ(counts.cut, 1);
  EXPECT_EQ(counts.cut_tokens, static_cast<std::int64_t>(second - out.second.size()));
  // Two long texts end up equally long.
  short_reader.encode(pair_of(repeated("fever ", 90), repeated("pain ", 200)), tiny_tokenizer(), out, counts);
  EXPECT_EQ(out.sequences[0].token_ids.size(), 32u);
  EXPECT_LE(out.second.size() - out.first.size(), 1u);
  // A long single text loses its end.
  short_reader.encode(pair_of(repeated("fever ", 90), ""), tiny_tokenizer(), out, counts);
  EXPECT_EQ(out.sequences[0].token_ids.size(), 32u);
  EXPECT_EQ(out.second.size(), 0u);
  EXPECT_EQ(counts.cut, 3);
}

TEST(TextReader, NoTextIsStillASequence) {
  TextExample out;
  HeadCounts counts;
  reader(4, 32, "mean", "compare").encode(pair_of("", ""), tiny_tokenizer(), out, counts);
  ASSERT_FALSE(out.sequences[0].token_ids.empty());
  const at::Tensor hidden = random_tensor({rows_of({&out}), 4}, 1, 1);
  EXPECT_TRUE(reader(4, 32, "mean", "compare").features(batch_of({&out}, hidden)).isfinite().all().item<bool>());
}

TEST(TextReader, PoolsTheLastRowOrTheMean) {
  TextExample out;
  HeadCounts counts;
  reader(3, 512, "last", "joint").encode(pair_of("It does.", ""), tiny_tokenizer(), out, counts);
  const std::int64_t rows = rows_of({&out});
  const HeadBatch batch = batch_of({&out}, random_tensor({rows, 3}, 1, 2));
  const auto pooled = [&](const std::string& pooling, bool bidirectional) {
    return reader(3, 512, pooling, "joint", bidirectional).features(batch);
  };
  const at::Tensor last = batch.hidden.narrow(0, rows - 1, 1), mean = batch.hidden.mean(0, true);
  EXPECT_TRUE(pooled("last", true).equal(last));
  EXPECT_TRUE(pooled("auto", false).equal(last));
  EXPECT_TRUE(pooled("mean", false).allclose(mean, 1e-6));
  EXPECT_TRUE(pooled("auto", true).allclose(mean, 1e-6));
}

// u = (3, 4) / 5 and v = (1, 0), d = 2, by hand.
TEST(TextReader, ComparesThePairsUnitVectors) {
  TextExample out;
  HeadCounts counts;
  const TextReader compare = reader(2, 512, "last", "compare");
  compare.encode(pair_of("pain", "fever"), tiny_tokenizer(), out, counts);
  const std::int64_t rows = rows_of({&out});
  at::Tensor hidden = at::zeros({rows, 2}, at::kDouble);
  const auto fill = [&](TokenRange range, double x, double y) {
    for (std::size_t r = range.first; r < range.last; ++r) {
      hidden[static_cast<std::int64_t>(r)][0].fill_(x);
      hidden[static_cast<std::int64_t>(r)][1].fill_(y);
    }
  };
  fill(out.first, 3, 4);
  fill(out.second, 7, 0);
  const at::Tensor features = compare.features(batch_of({&out}, hidden));
  const std::vector<double> wanted = {std::sqrt(2.0) * 0.4, std::sqrt(2.0) * 0.8, 2 * 0.6, 0};
  ASSERT_EQ(features.size(1), 6);
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(features[0][2 + i].item<double>(), wanted[static_cast<std::size_t>(i)], 1e-9) << i;
  }
}

}  // namespace
}  // namespace polyclinic
