// Malformed and unknown tokenizer.json: one line with the file and the key, exit code 2. And the growth of work on long
// words, counted in steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "text/tokenizer.h"
#include "text/tokenizer_parts.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;

const std::string model =
    R"("model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3},"merges":["a b"]})";

std::string refusal(const std::string& text) {
  try {
    read_tokenizer_json(text, "t.json");
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    EXPECT_THAT(error.what(), HasSubstr("t.json"));
    return error.what();
  }
  return "accepted";
}

TEST(TokenizerJson, AcceptsTheSmallestFile) { EXPECT_EQ(refusal("{" + model + "}"), "accepted"); }

TEST(TokenizerJson, NamesTheKeyOfWhatIsWrong) {
  const std::string rest = "," + model + "}";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "ends early"},
      {"{}", "model"},
      {"[]", "'{' expected"},
      {"{" + model, "ends early"},
      {"{" + model + "} x", "after the end"},
      {"{\"a\xFF\":1}", "byte 3"},
      {R"({"normalizer":{"type":"BertNormalizer"})" + rest, "BertNormalizer"},
      {R"({"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"X"}]})" + rest,
       "normalizer.normalizers[1]"},
      {R"({"normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""})" + rest, "normalizer.pattern.Regex"},
      {R"({"pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"Sideways"})" + rest,
       "pre_tokenizer.behavior"},
      {R"({"pre_tokenizer":{"type":"Metaspace","replacement":"ab"})" + rest, "pre_tokenizer.replacement"},
      {R"({"post_processor":{"type":"BertProcessing"})" + rest, "BertProcessing"},
      {R"({"decoder":{"type":"CTC"})" + rest, "CTC"},
      {R"({"added_tokens":[{"id":-1,"content":"x"}])" + rest, "added_tokens[0].id"},
      {R"({"added_tokens":[{"id":99999999999,"content":"x"}])" + rest, "added_tokens[0].id"},
      {R"({"added_tokens":[{"id":5,"content":""}])" + rest, "added_tokens[0].content"},
      {R"({"added_tokens":3)" + rest, "added_tokens"},
      {R"({"model":{"type":"Unigram","vocab":[],"merges":[]}})", "Unigram"},
      {R"({"model":{"type":"BPE","vocab":{"a":1}}})", "model.merges"},
      {R"({"model":{"type":"BPE","merges":[]}})", "model.vocab"},
      {R"({"model":{"vocab":{"a":"x"},"merges":[]}})", "model.vocab"},
      {R"({"model":{"vocab":{"a":77777777777},"merges":[]}})", "model.vocab"},
      {R"({"model":{"vocab":{"a":1},"merges":["a b c"]}})", "model.merges"},
      {R"({"model":{"vocab":{"a":1},"merges":["a z"]}})", "model.merges"},
      {R"({"model":{"vocab":{"\ud800":1},"merges":[]}})", "surrogate"},
      {R"({"model":{"vocab":{"a":1},"merges":[],"unk_token":"?"}})", "model.unk_token"},
      {R"({"model":{"vocab":{"a":1},"merges":[]}})", "byte 0"},
      {R"({"model":{"dropout":0.1,"vocab":{"a":1},"merges":[]}})", "model.dropout"},
  };
  for (const auto& [text, word] : cases) EXPECT_THAT(refusal(text), HasSubstr(word)) << text;
}

TEST(TokenizerJson, EveryPrefixIsRefusedCleanly) {
  const std::string whole = "{" + model + "}";
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "accepted") << size;
}

// A quadratic method would take 256 times the steps on 16 times the length; n log n takes about 20 times.
TEST(BytePairModel, StepsGrowAlmostLinearlyWithTheWord) {
  const auto parts = read_tokenizer_json(
      R"({"model":{"type":"BPE","unk_token":"a","vocab":{"a":0,"aa":1,"aaaa":2,"b":3,"ab":4},"merges":["a b","a a","aa aa"]}})",
      "t.json");
  const auto steps = [&](std::size_t size) {
    MergeSpace space;
    std::vector<WordToken> tokens;
    parts->model.encode(std::string(size, 'a'), space, tokens);
    std::size_t bytes = 0;
    for (const WordToken& token : tokens) bytes += token.length;
    EXPECT_EQ(bytes, size);
    return space.steps;
  };
  EXPECT_LT(steps(1 << 20), 40 * steps(1 << 16));
}

}  // namespace
}  // namespace polyclinic
