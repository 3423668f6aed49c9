#pragma once
// Byte pair encoding of one word: initial symbols, then the merge of lowest rank (leftmost among equals) until none is
// left. Source: Sennrich et al. 2016; order of ties, `ignore_merges`, `fuse_unk` and `byte_fallback` as HF
// `tokenizers`.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace polyclinic {

struct Merge {
  std::int32_t rank;
  std::int32_t id;  // of the joined token
};

// (left id, right id) -> merge; open addressing, 16 bytes a slot.
class MergeTable {
 public:
  void reserve(std::size_t merges);
  void add(std::int32_t left, std::int32_t right, Merge merge);  // a pair given twice keeps its last rank, as HF
  const Merge* find(std::int32_t left, std::int32_t right) const {
    if (slots_.empty()) return nullptr;
    const std::uint64_t key = key_of(left, right);
    for (std::size_t i = place(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return &slots_[i].merge;
      if (slots_[i].key == empty) return nullptr;
    }
  }
  std::size_t size() const { return used_; }

 private:
  static constexpr std::uint64_t empty = ~0ull;
  struct Slot {
    std::uint64_t key = empty;
    Merge merge{0, 0};
  };
  static std::uint64_t key_of(std::int32_t left, std::int32_t right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
  }
  std::size_t place(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ull) >> 20) & mask_;
  }
  void grow();
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

// A token of a word: its id and how many bytes of the word it stands for.
struct WordToken {
  std::int32_t id;
  std::uint32_t length;
};

// Work space of one encode call at a time.
struct MergeSpace {
  struct Symbol {
    std::int32_t id;
    std::uint32_t length;  // 0: merged away
    std::uint32_t previous;
    std::uint32_t next;
  };
  std::vector<Symbol> symbols;
  std::vector<std::uint64_t> heap;
  std::vector<std::int32_t> ranks;
  std::vector<std::int32_t> joined;
  std::size_t steps = 0;  // heap and scan steps so far: what the test of scaling counts
};

class BytePairModel {
 public:
  Vocabulary tokens;  // as the file spells them
  Vocabulary bytes;   // byte level only: by the bytes they stand for
  MergeTable merges;
  bool byte_level = false;
  bool byte_fallback = false;
  bool fuse_unknown = false;
  bool ignore_merges = false;
  std::int32_t unknown = Vocabulary::none;
  std::array<std::int32_t, 256>
      byte_ids{};  // byte level: of each byte; byte fallback: of "<0x00>" to "<0xFF>", or none
  // No merge joins another character with a following "▁": such boundaries split a word without changing the result.
  bool splits_at_mark = false;

  // Whether a byte has a token: its own, or (byte fallback, ASCII) that of its character.
  bool has_byte(unsigned char byte) const {
    return byte_ids[byte] != Vocabulary::none ||
           (byte < 0x80 && !byte_level && by_character_[byte] != Vocabulary::none);
  }
  // Appends the tokens of a word (valid UTF-8 unless byte_level).
  void encode(std::string_view word, MergeSpace& space, std::vector<WordToken>& out) const;
  // Call once `tokens`, `merges` and the flags are set: fills the derived members.
  void prepare();

 private:
  void byte_symbols(std::string_view word, MergeSpace& space) const;
  void character_symbols(std::string_view word, MergeSpace& space) const;
  void merge_short(MergeSpace& space, std::vector<WordToken>& out) const;
  void merge_long(MergeSpace& space, std::vector<WordToken>& out) const;
  std::int32_t character_id(std::string_view character, char32_t value) const {
    return value < by_character_.size() ? by_character_[value] : tokens.find(character);
  }
  std::vector<std::int32_t> by_character_;  // ids of the one-character tokens of the first plane
};

}  // namespace polyclinic
