// SentencePiece models beside the `sentencepiece` package: small ones of every kind, trained and read by
// tests/parity/tokenizers/make_sentencepiece.py; and the genuine Mistral vocabularies, put into a tokenizer.model here,
// beside kitoken's published outputs of SentencePiece.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unordered_map>

#include "core/concat.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "support/token_ids.h"
#include "text/tokenizer.h"
#include "text/tokenizer_parts.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;

const std::filesystem::path parity =
    std::filesystem::path(POLYCLINIC_SOURCE_DIR) / "tests/parity/tokenizers/sentencepiece";

// The package's places and ours are the same but for three habits of the package. A character that is one piece a byte:
// the last of them claims it, ours have their bytes. A character that the map makes several of: likewise, ours all
// claim it. Blanks that are removed: the piece before them claims them, ours end where their own text does.
bool same_place(const Token& ours, const nlohmann::json& theirs, bool is_byte, bool is_plain) {
  const auto begin = theirs[1].get<std::size_t>(), end = theirs[2].get<std::size_t>();
  if (is_byte) return ours.end == ours.begin + 1 && ours.begin >= begin;
  if (ours.begin == begin && ours.end == end) return true;
  const bool blanks_removed = ours.begin == begin && ours.end < end;
  const bool changed = ours.begin <= begin && end <= ours.end;
  return !is_plain && ours.begin < ours.end && (blanks_removed || changed);
}

class SmallModels : public testing::TestWithParam<const char*> {};

TEST_P(SmallModels, GiveTheIdsAndPlacesOfThePackage) {
  const Tokenizer tokenizer = Tokenizer::from_folder(parity / (std::string(GetParam()) + ".model"));
  const bool is_plain = std::string_view(GetParam()) == "bpe";  // no map, no blank removed
  std::size_t tokens = 0;
  for (const nlohmann::json& row : nlohmann::json::parse(read_file(parity / "expected.json"))) {
    const auto text = row["text"].get<std::string>();
    const nlohmann::json& theirs = row[GetParam()];
    const std::vector<Token> ours = tokenizer.encode_plain(text, false);
    ASSERT_EQ(ours.size(), theirs.size()) << row["text"];
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const bool is_byte = tokenizer.id_to_token(ours[i].id).starts_with("<0x");
      ASSERT_EQ(ours[i].id, theirs[i][0].get<int>()) << row["text"] << " token " << i;
      EXPECT_TRUE(same_place(ours[i], theirs[i], is_byte, is_plain))
          << row["text"] << " token " << i << ": " << ours[i].begin << ".." << ours[i].end << ", not " << theirs[i];
    }
    tokens += ours.size();
  }
  EXPECT_GE(tokens, 2500u);
}

INSTANTIATE_TEST_SUITE_P(Trained, SmallModels, testing::Values("bpe", "bpe_symbols", "unigram", "unigram_bytes"));

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(static_cast<unsigned char>(value | 0x80));
  return out + static_cast<char>(static_cast<unsigned char>(value));
}
std::string field(std::uint64_t number, std::string_view bytes) {
  return concat(varint(number << 3 | 2), varint(bytes.size()), bytes);
}
std::string field(std::uint64_t number, std::uint64_t value) { return concat(varint(number << 3), varint(value)); }
std::string field(std::uint64_t number, float value) {
  std::string out = varint(number << 3 | 5);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
  return out;
}
std::string piece(std::string_view text, float score, std::uint64_t type) {
  return field(1, concat(field(1, text), field(2, score), field(3, type)));
}
// What Llama's and Mistral's files say of themselves.
const std::string mistral_specs = concat(field(2, concat(field(3, std::uint64_t{2}), field(35, std::uint64_t{1}))),
                                         field(3, field(4, std::uint64_t{0})));

// A piece's score falls with the place of the first merge that makes it.
std::string mistral_model(const nlohmann::json& tokenizer_json) {
  std::vector<std::string> pieces;
  for (const auto& [text, id] : tokenizer_json["model"]["vocab"].items()) {
    const auto at = id.get<std::size_t>();
    if (pieces.size() <= at) pieces.resize(at + 1);
    pieces[at] = text;
  }
  std::unordered_map<std::string, float> scores;
  float next = 0;
  for (const nlohmann::json& merge : tokenizer_json["model"]["merges"]) {
    std::string joined =
        merge.is_string() ? merge.get<std::string>() : concat(merge[0].get<std::string>(), merge[1].get<std::string>());
    if (merge.is_string()) joined.erase(joined.find(' '), 1);
    if (scores.emplace(joined, next).second) --next;
  }
  std::string out;
  bool after_bytes = false;
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const bool is_byte = pieces[id].starts_with("<0x") && pieces[id].size() == 6;
    after_bytes = after_bytes || is_byte;
    const std::uint64_t type = id == 0 ? 2 : is_byte ? 6 : after_bytes ? 1 : 3;
    const auto score = scores.find(pieces[id]);
    out += piece(pieces[id], type != 1 ? 0.0F : score != scores.end() ? score->second : next, type);
  }
  return out + mistral_specs;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

TEST(MistralVocabularies, GiveTheIdsOfSentencePiece) {
  POLYCLINIC_NEEDS_SHARED(folder, "tokenizers");
  const std::pair<const char*, const char*> models[] = {{"mistral_v0.1/tokenizer-v0.1-metaspace.json", "mistral01"},
                                                        {"mistral_v0.3/tokenizer.json", "mistral03"}};
  for (const auto& [json, name] : models) {
    const TemporaryFolder temporary;
    write_file_atomic(temporary.path() / "tokenizer.model",
                      mistral_model(nlohmann::json::parse(read_file(folder / json))));
    const Tokenizer tokenizer = Tokenizer::from_folder(temporary.path());
    const std::filesystem::path kitoken = folder / "vectors/kitoken";
    const auto expected = [&](const char* set) {
      return read_file(kitoken / "sentencepiece" / concat(set, "_tokens_", name, ".txt"));
    };
    for (const char* set : {"small", "mixed"}) {
      const auto inputs = lines_of(read_file(kitoken / concat(set, "_input.txt")));
      const auto rows = lines_of(expected(set));
      ASSERT_EQ(inputs.size(), rows.size());
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::string text = inputs[i];
        replace(text, "\\n", "\n");
        replace(text, "\\s", " ");
        replace(text, "\\x", "");
        EXPECT_EQ(ids_of(tokenizer, text, true), numbers(rows[i])) << name << " " << set << ": " << text;
      }
    }
    EXPECT_EQ(ids_of(tokenizer, read_file(kitoken / "utf8_input.txt"), true), numbers(expected("utf8"))) << name;
  }
}

// <unk> 0, <s> 1, </s> 2, then what a test gives.
std::string small_model(const std::string& pieces, const std::string& specs = field(2, field(3, std::uint64_t{2}))) {
  return concat(piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), pieces, specs);
}
const std::string letters = concat(piece("\xE2\x96\x81", -3, 1), piece("a", -4, 1), piece("b", -5, 1));

TEST(SentencePieceFolder, PutsBeginAndEndAsItsConfigurationSays) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "tokenizer.model", small_model(letters));
  const Tokenizer usual = Tokenizer::from_folder(folder.path());
  EXPECT_THAT(usual.prefix_ids(), testing::ElementsAre(1));
  EXPECT_THAT(usual.suffix_ids(), testing::IsEmpty());
  write_file_atomic(folder.path() / "tokenizer_config.json", R"({"add_bos_token": false, "add_eos_token": true})");
  const Tokenizer told = Tokenizer::from_folder(folder.path());
  EXPECT_THAT(told.prefix_ids(), testing::IsEmpty());
  EXPECT_THAT(told.suffix_ids(), testing::ElementsAre(2));
}

TEST(SentencePieceFolder, ControlSymbolsAreCutOutOfATextAndDecodeGivesItBack) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "tokenizer.model", small_model(letters));
  const Tokenizer tokenizer = Tokenizer::from_folder(folder.path());
  const std::vector<Token> tokens = tokenizer.encode("ab</s>", true);
  EXPECT_THAT(tokens,
              testing::ElementsAre(Token{1, 0, 0}, Token{3, 0, 0}, Token{4, 0, 1}, Token{5, 1, 2}, Token{2, 2, 6}));
  EXPECT_EQ(tokenizer.decode({1, 3, 4, 5, 2}, true), "ab");
  EXPECT_TRUE(tokenizer.is_special(2));
  EXPECT_FALSE(tokenizer.is_special(4));
}

std::string refusal(const std::string& bytes) {
  try {
    const std::string file = "t.model";
    read_sentencepiece(bytes, file, true, false);
    return "accepted";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(SentencePieceModel, RefusesWhatIsMalformedOrNotBuilt) {
  const auto trainer = [](std::uint64_t number, std::uint64_t value) { return field(2, field(number, value)); };
  const std::pair<std::string, const char*> cases[] = {
      {small_model(letters), "accepted"},
      {small_model(letters, trainer(3, 1)), "accepted"},
      {"", "no piece"},
      {"x", "no SentencePiece model"},
      {small_model("", trainer(3, 3)), "model type 3 is not built"},
      {small_model(letters, trainer(24, 1)), "suffix is not built"},
      {small_model(letters, trainer(35, 1)), "no piece for byte 0"},
      {small_model(letters, field(3, field(5, std::uint64_t{0}))), "not escaped"},
      {small_model(letters, field(3, field(2, "\x08\0\0\0abcd"))), "precompiled_charsmap"},
      {small_model(piece("a", 0, 5)), "piece 3 is of a type"},
      {small_model(piece("a", 0, 3)), "control symbol of one character"},
      {small_model(piece("", 0, 1)), "piece 3 is empty"},
      {small_model(piece("<s>", 0, 1)), "piece 3 stands there twice"},
      {small_model(piece("ab", 0, 1)), "a character that is no piece"},
      {small_model(piece("\xFF", 0, 1)), "UTF-8"},
      {small_model(piece("a", std::numeric_limits<float>::quiet_NaN(), 1)), "has no score"},
      {small_model(piece(std::string(1025, 'a'), 0, 1)), "longer than 1024 bytes"},
      {concat(letters, field(2, field(3, std::uint64_t{2}))), "unknown"},
      {field(1, field(1, std::uint64_t{7})), "wrong wire type"},
  };
  for (const auto& [bytes, word] : cases) EXPECT_THAT(refusal(bytes), HasSubstr(word));
}

TEST(SentencePieceModel, EveryPrefixOfAFileIsReadOrRefusedCleanly) {
  const std::string whole = read_file(parity / "unigram.model");
  for (std::size_t size = 0; size < whole.size(); size += 7) refusal(whole.substr(0, size));
}

// Twice the text, about twice the steps: no time is asserted, a quadratic method would never end here.
TEST(SentencePieceModel, ReadsALongWord) {
  for (const char* name : {"unigram", "bpe"}) {
    const Tokenizer tokenizer = Tokenizer::from_folder(parity / (std::string(name) + ".model"));
    const std::string text(1 << 20, 'a');
    EXPECT_EQ(tokenizer.encode_plain(text, false).back().end, text.size());
  }
}

}  // namespace
}  // namespace polyclinic
