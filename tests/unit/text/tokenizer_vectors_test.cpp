// Published vectors: llama.cpp's vocabulary tests (ids of its own converter's check against HF) and kitoken's outputs
// of HF `tokenizers`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/shared_data.h"
#include "support/token_ids.h"
#include "text/tokenizer.h"

namespace polyclinic {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  if (at < text.size()) parts.push_back(text.substr(at));
  return parts;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

struct Vectors {
  const char* tokenizer;
  const char* name;
};

class LlamaCppVectors : public testing::TestWithParam<Vectors> {};

TEST_P(LlamaCppVectors, EqualIds) {
  POLYCLINIC_NEEDS_SHARED(folder, "tokenizers");
  const Tokenizer tokenizer = Tokenizer::from_file(folder / GetParam().tokenizer);
  const std::string stem = (folder / "vectors/llama.cpp" / GetParam().name).string();
  const auto cases = split(read_file(stem + ".inp"), "\n__ggml_vocab_test__\n");
  const auto rows = split(read_file(stem + ".out"), "\n");
  ASSERT_EQ(cases.size(), rows.size());
  ASSERT_GE(cases.size(), 46u);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(ids_of(tokenizer, cases[i], false), numbers(rows[i])) << "case " << i << ": " << cases[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Files, LlamaCppVectors,
                         testing::Values(Vectors{"llama3/tokenizer.json", "ggml-vocab-llama-bpe.gguf"},
                                         Vectors{"phi3/tokenizer.json", "ggml-vocab-phi-3.gguf"}));

class KitokenVectors : public testing::TestWithParam<Vectors> {};

TEST_P(KitokenVectors, EqualIdsLineByLine) {
  POLYCLINIC_NEEDS_SHARED(folder, "tokenizers");
  const Tokenizer tokenizer = Tokenizer::from_file(folder / GetParam().tokenizer);
  for (const char* set : {"small", "mixed"}) {
    const auto inputs = split(read_file(folder / "vectors/kitoken" / (std::string(set) + "_input.txt")), "\n");
    const auto rows = split(
        read_file(folder / "vectors/kitoken/tokenizers" / (std::string(set) + "_tokens_" + GetParam().name + ".txt")),
        "\n");
    std::size_t row = 0;
    for (std::string input : inputs) {
      if (input.empty()) continue;
      replace(input, "\\n", "\n");
      replace(input, "\\s", " ");
      replace(input, "\\x", "");
      while (row < rows.size() && rows[row].empty()) ++row;
      ASSERT_LT(row, rows.size());
      const std::string& expected = rows[row++];
      // Llama-2's vocabulary is Phi-3's without the chat tokens.
      if (std::string_view(GetParam().name) == "llama2" && input.find("<|") != std::string::npos) continue;
      EXPECT_EQ(ids_of(tokenizer, input, false), numbers(expected)) << set << ": " << input;
    }
    EXPECT_GE(row, 20u);
  }
}

TEST_P(KitokenVectors, EqualIdsOfOneLongText) {
  POLYCLINIC_NEEDS_SHARED(folder, "tokenizers");
  const Tokenizer tokenizer = Tokenizer::from_file(folder / GetParam().tokenizer);
  const std::string text = read_file(folder / "vectors/kitoken/utf8_input.txt");
  const std::string name = std::string("utf8_tokens_") + GetParam().name + ".txt";
  EXPECT_EQ(ids_of(tokenizer, text, false), numbers(read_file(folder / "vectors/kitoken/tokenizers" / name)));
}

INSTANTIATE_TEST_SUITE_P(Files, KitokenVectors,
                         testing::Values(Vectors{"llama3/tokenizer.json", "llama32"},
                                         Vectors{"llama3/tokenizer.json", "llama33"},
                                         Vectors{"phi3/tokenizer.json", "llama2"},
                                         Vectors{"mistral_v0.1/tokenizer-v0.1-metaspace.json", "mistral01"},
                                         Vectors{"mistral_v0.3/tokenizer.json", "mistral03"}));

}  // namespace
}  // namespace polyclinic
