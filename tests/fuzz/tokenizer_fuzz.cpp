// Any bytes are a tokenizer.json, or one clear refusal. What is accepted encodes any text: offsets stay inside the text
// and never decrease, and ids are in the vocabulary. A NUL byte parts the file from the text; without one, two
// tokenizers of ours read the input as a text.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "text/sentences.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace {

using namespace polyclinic;

constexpr const char* metaspace = R"({"added_tokens":[{"id":5,"content":"<s>","special":true}],
  "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
    {"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},
  "model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3,"\u2581":4},"merges":["a b"]}})";
constexpr const char* composed = R"({"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Split","pattern":
    {"Regex":"\\s+|\\p{L}+|\\p{N}{1,3}|[^\\s\\p{L}\\p{N}]+"},"behavior":"Isolated"},
  "model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}})";

void require(bool condition) {
  if (!condition) std::abort();
}

Tokenizer tokenizer_of(std::string_view json) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("tokenizer_fuzz." + std::to_string(::getpid()) + ".json");
  std::ofstream(file, std::ios::binary) << json;
  return Tokenizer::from_file(file);
}

void encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids;
  std::size_t begin = 0, end = 0;
  for (const Token& token : tokenizer.encode(text, true)) {
    require(token.begin <= token.end && token.end <= text.size());
    require(token.begin >= begin && token.end >= end);
    begin = token.begin;
    end = token.end;
    require(token.id >= 0 && token.id < tokenizer.vocabulary_size());
    ids.push_back(token.id);
  }
  tokenizer.decode(ids, false);
  tokenizer.encode_plain(text, false);
}

void check_text(std::string_view text) {
  static const Tokenizer marked = tokenizer_of(metaspace);
  static const Tokenizer split = tokenizer_of(composed);
  encode(marked, text);
  encode(split, text);
  std::size_t at = 0;
  for (const ByteRange& sentence : sentences(text)) {
    require(sentence.begin == at && sentence.end > at);
    at = sentence.end;
  }
  require(at == text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = input.find('\0');
  try {
    if (nul == std::string_view::npos) {
      check_text(replace_invalid(std::string(input)).text);
    } else {
      encode(tokenizer_of(input.substr(0, nul)), input.substr(nul + 1));
    }
  } catch (const InputError&) {
  }
  return 0;
}
