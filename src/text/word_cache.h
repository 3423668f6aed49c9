#pragma once
// Remembers the tokens of short words: clinical text repeats its words. One cache serves one encode call at a time.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/byte_pair_model.h"

namespace polyclinic {

class WordCache {
 public:
  static constexpr std::size_t longest_word = 48;     // bytes; longer words are not kept
  static constexpr std::size_t most_words = 1 << 16;  // beyond that the cache starts anew

  // The tokens of `word`, or nullptr; `count` is set when found. Valid until the next insert().
  const WordToken* find(std::string_view word, std::size_t& count);
  void insert(std::string_view word, const WordToken* tokens, std::size_t count);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t text = 0;
    std::uint32_t tokens = 0;
    std::uint16_t count = 0;
    std::uint16_t length = 0;  // 0: free
  };
  void place(std::vector<Slot>& slots, const Slot& slot) const;

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  std::string text_;
  std::vector<WordToken> tokens_;
  std::size_t used_ = 0;
};

}  // namespace polyclinic
