#include "text/byte_pair_model.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <queue>

#include "text/byte_alphabet.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::uint32_t no_symbol = std::numeric_limits<std::uint32_t>::max();
constexpr std::int32_t no_rank = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t short_word = 48;  // symbols; up to here a scan beats a heap

void link(std::vector<MergeSpace::Symbol>& symbols, std::int32_t id, std::size_t length) {
  const auto at = static_cast<std::uint32_t>(symbols.size());
  if (at > 0) symbols.back().next = at;
  symbols.push_back({id, static_cast<std::uint32_t>(length), at > 0 ? at - 1 : no_symbol, no_symbol});
}

}  // namespace

void MergeTable::reserve(std::size_t merges) {
  slots_.assign(std::bit_ceil(merges * 3 / 2 + 16), Slot{});
  mask_ = slots_.size() - 1;
}

void MergeTable::grow() {
  std::vector<Slot> old(std::bit_ceil(slots_.size() * 2 + 16));
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.key != empty)
      add(static_cast<std::int32_t>(slot.key >> 32), static_cast<std::int32_t>(slot.key), slot.merge);
  }
}

void MergeTable::add(std::int32_t left, std::int32_t right, Merge merge) {
  if (4 * (used_ + 1) > 3 * slots_.size()) grow();
  const std::uint64_t key = key_of(left, right);
  std::size_t i = place(key);
  while (slots_[i].key != empty && slots_[i].key != key) i = (i + 1) & mask_;
  used_ += slots_[i].key == empty;
  slots_[i] = {key, merge};
}

void BytePairModel::prepare() {
  if (byte_level) {
    bytes.reserve(static_cast<std::size_t>(tokens.size()), static_cast<std::size_t>(tokens.size()) * 8);
    for (std::int32_t id = 0; id < tokens.size(); ++id) {
      if (!tokens.has(id)) continue;
      if (const auto raw = bytes_of_alphabet_text(tokens.text(id))) bytes.add(*raw, id);
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(static_cast<unsigned char>(byte));
      byte_ids[byte] = bytes.find(std::string_view(&c, 1));
    }
    return;
  }
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string name{'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
    byte_ids[byte] = tokens.find(name);
  }
  by_character_.assign(0x10000, Vocabulary::none);
  for (std::int32_t id = 0; id < tokens.size(); ++id) {
    const std::string_view text = tokens.text(id);
    if (text.empty()) continue;
    const CodePoint point = code_point_at(text, 0);
    if (point.length == text.size() && point.value < by_character_.size())
      by_character_[point.value] = tokens.find(text);
  }
}

void BytePairModel::byte_symbols(std::string_view word, MergeSpace& space) const {
  for (const char c : word) link(space.symbols, byte_ids[static_cast<unsigned char>(c)], 1);
}

void BytePairModel::character_symbols(std::string_view word, MergeSpace& space) const {
  std::size_t pending = 0;  // bytes of unknown characters that wait to become one symbol
  const auto flush = [&] {
    if (pending > 0) link(space.symbols, unknown, pending);
    pending = 0;
  };
  for (std::size_t at = 0; at < word.size();) {
    const CodePoint point = code_point_at(word, at);
    const std::string_view character = word.substr(at, point.length);
    at += point.length;
    if (const std::int32_t id = character_id(character, point.value); id != Vocabulary::none) {
      flush();
      link(space.symbols, id, character.size());
      continue;
    }
    const auto known = [&](char c) { return byte_ids[static_cast<unsigned char>(c)] != Vocabulary::none; };
    if (byte_fallback && std::all_of(character.begin(), character.end(), known)) {
      flush();
      for (const char c : character) link(space.symbols, byte_ids[static_cast<unsigned char>(c)], 1);
      continue;
    }
    if (!fuse_unknown) flush();
    pending += character.size();
  }
  flush();
}

void BytePairModel::encode(std::string_view word, MergeSpace& space, std::vector<WordToken>& out) const {
  if (word.empty()) return;
  if (ignore_merges) {
    const std::int32_t id = byte_level ? bytes.find(word) : tokens.find(word);
    if (id != Vocabulary::none) {
      out.push_back({id, static_cast<std::uint32_t>(word.size())});
      return;
    }
  }
  space.symbols.clear();
  if (byte_level) {
    byte_symbols(word, space);
  } else {
    character_symbols(word, space);
  }
  if (space.symbols.size() <= short_word) {
    merge_short(space, out);
  } else {
    merge_long(space, out);
  }
}

// Keeps the ranks of all neighbours in one array and merges the smallest until none is left.
void BytePairModel::merge_short(MergeSpace& space, std::vector<WordToken>& out) const {
  auto& symbols = space.symbols;
  const auto rank_at = [&](std::size_t i) {
    if (i + 1 >= symbols.size()) return;
    const struct Merge* merge = merges.find(symbols[i].id, symbols[i + 1].id);
    space.ranks[i] = merge ? merge->rank : no_rank;
    space.joined[i] = merge ? merge->id : 0;
  };
  space.ranks.assign(symbols.size(), no_rank);
  space.joined.assign(symbols.size(), 0);
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) rank_at(i);
  while (symbols.size() > 1) {
    const auto best = std::min_element(space.ranks.begin(), space.ranks.end());
    space.steps += symbols.size();
    if (*best == no_rank) break;
    const auto at = best - space.ranks.begin();
    const auto i = static_cast<std::size_t>(at);
    symbols[i].id = space.joined[i];
    symbols[i].length += symbols[i + 1].length;
    symbols.erase(symbols.begin() + at + 1);
    space.ranks.erase(space.ranks.begin() + at + 1);
    space.joined.erase(space.joined.begin() + at + 1);
    space.ranks.back() = no_rank;
    rank_at(i);
    if (i > 0) rank_at(i - 1);
  }
  for (const auto& symbol : symbols) out.push_back({symbol.id, symbol.length});
}

// A heap of (rank, place): at most three entries a symbol, so n log n for a word of any length.
void BytePairModel::merge_long(MergeSpace& space, std::vector<WordToken>& out) const {
  auto& symbols = space.symbols;
  auto& heap = space.heap;
  heap.clear();
  const auto entry = [&](std::uint32_t left) -> std::uint64_t {
    const std::uint32_t right = symbols[left].next;
    if (right == no_symbol) return 0;
    const struct Merge* merge = merges.find(symbols[left].id, symbols[right].id);
    return merge ? (static_cast<std::uint64_t>(merge->rank) << 32 | left) + 1 : 0;
  };
  const auto push = [&](std::uint32_t left) {
    if (const std::uint64_t value = entry(left)) {
      heap.push_back(value);
      std::push_heap(heap.begin(), heap.end(), std::greater<>());
    }
  };
  for (std::uint32_t i = 0; i < symbols.size(); ++i) {
    if (const std::uint64_t value = entry(i)) heap.push_back(value);
  }
  std::make_heap(heap.begin(), heap.end(), std::greater<>());
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    const std::uint64_t value = heap.back();
    heap.pop_back();
    ++space.steps;
    const auto left = static_cast<std::uint32_t>(value - 1);
    if (symbols[left].length == 0 || entry(left) != value) continue;  // a neighbour has changed since
    const std::uint32_t right = symbols[left].next;
    symbols[left].id = merges.find(symbols[left].id, symbols[right].id)->id;
    symbols[left].length += symbols[right].length;
    symbols[left].next = symbols[right].next;
    symbols[right].length = 0;
    if (symbols[left].next != no_symbol) symbols[symbols[left].next].previous = left;
    push(left);
    if (symbols[left].previous != no_symbol) push(symbols[left].previous);
  }
  for (const auto& symbol : symbols) {
    if (symbol.length > 0) out.push_back({symbol.id, symbol.length});
  }
}

}  // namespace polyclinic
