// HF `tokenizers` on 52,000 lines: tests/parity/tokenizers/make_hashes.py ran it and kept one hash per 100 lines of
// ids, character offsets and decoded text. Here the same lines are made again and ours hashed by the same rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/shared_data.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

const std::filesystem::path parity = std::filesystem::path(POLYCLINIC_SOURCE_DIR) / "tests/parity/tokenizers";

struct Block {
  std::string source;
  std::vector<std::string> lines;
};

class Blocks {
 public:
  void start(std::string source) {
    source_ = std::move(source);
    open_ = false;
  }
  void add(std::string line) {
    if (!open_ || list.back().lines.size() == 100) list.push_back({source_, {}});
    open_ = true;
    list.back().lines.push_back(std::move(line));
  }
  std::vector<Block> list;

 private:
  std::string source_;
  bool open_ = false;
};

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  lines.push_back(text.substr(at));
  return lines;
}

void add_bc5cdr(const std::filesystem::path& shared, Blocks& blocks) {
  blocks.start("bc5cdr");
  for (const char* part : {"dev", "test", "train"}) {
    std::string sentence;
    for (const std::string& line :
         split_lines(read_file(shared / "data/biomed/bc5cdr" / (std::string(part) + ".tsv")))) {
      if (line.find_first_not_of('\r') == std::string::npos) {
        if (!sentence.empty()) blocks.add(sentence.substr(1));
        sentence.clear();
      } else {
        sentence += ' ' + line.substr(0, line.find('\t'));
      }
    }
  }
}

void add_measeval(const std::filesystem::path& shared, Blocks& blocks) {
  blocks.start("measeval");
  std::vector<std::filesystem::path> paths;
  for (const char* part : {"eval", "train"}) {
    for (const auto& entry : std::filesystem::directory_iterator(shared / "data/measeval" / part / "text")) {
      if (entry.path().extension() == ".txt") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) blocks.add(read_file(path));
}

void add_cqa(const std::filesystem::path& shared, Blocks& blocks) {
  blocks.start("cqa");
  for (std::string& line : split_lines(read_file(shared / "data/cqa/SemEval2016-Task3-CQA-QL-dev.xml"))) {
    blocks.add(std::move(line) + "\n");
  }
}

class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}
  std::uint64_t draw(std::uint64_t count) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (z ^ (z >> 31)) % count;
  }

 private:
  std::uint64_t state_;
};

void add_generated(const std::string& name, Blocks& blocks) {
  blocks.start(name);
  const auto config = nlohmann::json::parse(read_file(parity / (name + ".json")));
  const auto fragments = config["fragments"].get<std::vector<std::string>>();
  const auto ranges = config["ranges"].get<std::vector<std::array<std::uint32_t, 2>>>();
  const auto repeats = config.value<std::uint64_t>("repeats", 0);
  for (std::uint64_t number = 0; number < config["lines"].get<std::uint64_t>(); ++number) {
    SplitMix random(config["seed"].get<std::uint64_t>() + number * 0x10001);
    std::string line;
    for (std::uint64_t parts = 1 + random.draw(24); parts > 0; --parts) {
      const std::uint64_t kind = random.draw(4);
      std::string part;
      if (kind == 3) {
        const auto [low, high] = ranges[random.draw(ranges.size())];
        append_utf8(part, static_cast<char32_t>(low + random.draw(high - low + 1)));
      } else {
        part = fragments[random.draw(fragments.size())];
        if (kind == 2) part += ' ';
      }
      const bool repeated = repeats > 0 && random.draw(12) == 0;
      for (std::uint64_t times = repeated ? 1 + random.draw(repeats) : 1; times > 0; --times) line += part;
    }
    blocks.add(std::move(line));
  }
}

const std::vector<Block>& all_blocks(const std::filesystem::path& shared) {
  static const std::vector<Block> list = [&] {
    Blocks blocks;
    add_bc5cdr(shared, blocks);
    add_measeval(shared, blocks);
    add_cqa(shared, blocks);
    add_generated("generated", blocks);
    add_generated("hostile", blocks);
    return std::move(blocks.list);
  }();
  return list;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

class LineHash {
 public:
  void add(const Tokenizer& tokenizer, std::string_view line) {
    const OffsetMap map(line);
    const std::vector<Token> tokens = tokenizer.encode(line, true);
    std::vector<std::int32_t> ids;
    std::size_t number = 0;
    for (const Token& token : tokens) {
      ids.push_back(token.id);
      word(static_cast<std::uint32_t>(token.id));
      const bool from_template = number++ < tokenizer.prefix_ids().size();
      if (from_template) {
        word(0);
        word(0);
        continue;
      }
      // The rule of tokenizer.h; a prepended mark (begin == end) claims the next character in HF.
      const std::size_t first = map.to_code_point(token.begin);
      const std::size_t last = token.begin == token.end ? first : map.to_code_point(token.end - 1);
      word(static_cast<std::uint32_t>(first));
      word(static_cast<std::uint32_t>(last + 1));
      tokens_without_text += token.begin == token.end;
      ++tokens_seen;
    }
    word(0xFFFFFFFFu);
    word(crc32(tokenizer.decode(ids, true)));
  }
  std::string text() const {
    std::ostringstream out;
    out << std::hex << std::nouppercase;
    out.width(16);
    out.fill('0');
    out << state_;
    return out.str();
  }
  std::size_t tokens_seen = 0;
  std::size_t tokens_without_text = 0;

 private:
  void word(std::uint32_t value) { state_ = (state_ ^ value) * 0x100000001B3ull; }
  std::uint64_t state_ = 0xCBF29CE484222325ull;
};

struct Model {
  const char* name;
  const char* file;
};

class TokenizerParity : public testing::TestWithParam<Model> {};

TEST_P(TokenizerParity, IdsOffsetsAndDecodedTextEqualHuggingFace) {
  POLYCLINIC_NEEDS_SHARED(file, std::filesystem::path("tokenizers") / GetParam().file);
  const std::filesystem::path shared = shared_folder(POLYCLINIC_SOURCE_DIR);
  const Tokenizer tokenizer = Tokenizer::from_file(file);
  const std::vector<Block>& blocks = all_blocks(shared);
  std::istringstream hashes(read_file(parity / (std::string(GetParam().name) + ".hashes")));
  std::string row;
  std::getline(hashes, row);
  std::size_t lines = 0, tokens = 0, without_text = 0;
  for (std::size_t number = 0; number < blocks.size(); ++number) {
    const Block& block = blocks[number];
    LineHash hash;
    for (const std::string& line : block.lines) hash.add(tokenizer, line);
    std::string expected;
    std::getline(hashes, expected);
    EXPECT_EQ(block.source + ' ' + std::to_string(block.lines.size()) + ' ' + hash.text(), expected)
        << "see: make_hashes.py SHARED --show " << GetParam().name << ' ' << number;
    lines += block.lines.size();
    tokens += hash.tokens_seen;
    without_text += hash.tokens_without_text;
  }
  EXPECT_FALSE(std::getline(hashes, row));
  EXPECT_GE(lines, 20000u);
  RecordProperty("lines", static_cast<int>(lines));
  RecordProperty("tokens", static_cast<int>(tokens));
  RecordProperty("prepended_marks_with_own_token", static_cast<int>(without_text));
}

INSTANTIATE_TEST_SUITE_P(Models, TokenizerParity,
                         testing::Values(Model{"llama3", "llama3/tokenizer.json"},
                                         Model{"gemma2", "gemma2/tokenizer.json"}, Model{"phi3", "phi3/tokenizer.json"},
                                         Model{"mistral_v0.1_prepend",
                                               "mistral_v0.1/tokenizer-v0.1-legacy-prepend.json"},
                                         Model{"mistral_v0.1_metaspace", "mistral_v0.1/tokenizer-v0.1-metaspace.json"},
                                         Model{"mistral_v0.3", "mistral_v0.3/tokenizer.json"}),
                         [](const auto& instance) {
                           std::string name = instance.param.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace polyclinic
