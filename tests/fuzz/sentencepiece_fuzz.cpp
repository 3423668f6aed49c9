// Any bytes are a SentencePiece model, or one clear refusal. What is accepted encodes a text: offsets stay inside it
// and never decrease, ids are in the vocabulary. The last 32 bytes, as far as they are UTF-8, are the text.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/error.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void encode(const polyclinic::Tokenizer& tokenizer, const std::string& text) {
  std::size_t begin = 0, end = 0;
  std::vector<std::int32_t> ids;
  for (const polyclinic::Token& token : tokenizer.encode(text, true)) {
    require(token.begin <= token.end && token.end <= text.size() && token.begin >= begin && token.end >= end);
    require(token.id >= 0 && token.id < tokenizer.vocabulary_size());
    begin = token.begin;
    end = token.end;
    ids.push_back(token.id);
  }
  tokenizer.decode(ids, false);
  tokenizer.encode_plain(text, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("sentencepiece_fuzz." + std::to_string(::getpid()) + ".model");
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    encode(polyclinic::Tokenizer::from_folder(file),
           polyclinic::replace_invalid(bytes.substr(size - std::min<std::size_t>(size, 32))).text);
  } catch (const polyclinic::InputError&) {
  }
  return 0;
}
