#include "text/word_cache.h"

#include <functional>

namespace polyclinic {

const WordToken* WordCache::find(std::string_view word, std::size_t& count) {
  const std::uint64_t hash = std::hash<std::string_view>{}(word);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask; slots_[i].length != 0; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.hash != hash || std::string_view(text_).substr(slot.text, slot.length) != word) continue;
    count = slot.count;
    return tokens_.data() + slot.tokens;
  }
  return nullptr;
}

void WordCache::place(std::vector<Slot>& slots, const Slot& slot) const {
  const std::size_t mask = slots.size() - 1;
  std::size_t i = slot.hash & mask;
  while (slots[i].length != 0) i = (i + 1) & mask;
  slots[i] = slot;
}

void WordCache::insert(std::string_view word, const WordToken* tokens, std::size_t count) {
  if (word.empty() || word.size() > longest_word) return;
  if (used_ >= most_words) {
    slots_.assign(slots_.size(), Slot{});
    text_.clear();
    tokens_.clear();
    used_ = 0;
  } else if (used_ * 2 >= slots_.size()) {
    std::vector<Slot> larger(slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.length != 0) place(larger, slot);
    }
    slots_.swap(larger);
  }
  place(slots_, {std::hash<std::string_view>{}(word), static_cast<std::uint32_t>(text_.size()),
                 static_cast<std::uint32_t>(tokens_.size()), static_cast<std::uint16_t>(count),
                 static_cast<std::uint16_t>(word.size())});
  text_.append(word);
  tokens_.insert(tokens_.end(), tokens, tokens + count);
  ++used_;
}

}  // namespace polyclinic
