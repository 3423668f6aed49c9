#include "tasks/python2_order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace polyclinic {
namespace {

constexpr std::size_t kFree = static_cast<std::size_t>(-1);

std::uint64_t string_hash(std::string_view text) {
  if (text.empty()) return 0;
  std::uint64_t hash = static_cast<std::uint64_t>(static_cast<unsigned char>(text[0])) << 7;
  for (const char c : text) hash = (1000003 * hash) ^ static_cast<unsigned char>(c);
  hash ^= text.size();
  return hash == ~std::uint64_t{0} ? hash - 1 : hash;  // -1 is reserved for errors
}

void insert(std::vector<std::size_t>& slots, std::size_t key, std::uint64_t hash) {
  const std::uint64_t mask = slots.size() - 1;
  std::uint64_t at = hash & mask;
  for (std::uint64_t perturb = hash; slots[at & mask] != kFree; perturb >>= 5) at = (at << 2) + at + perturb + 1;
  slots[at & mask] = key;
}

}  // namespace

std::vector<std::size_t> python2_dict_order(const std::vector<std::string>& keys) {
  std::vector<std::uint64_t> hashes;
  std::vector<std::size_t> slots(8, kFree);
  for (std::size_t key = 0; key < keys.size(); ++key) {
    hashes.push_back(string_hash(keys[key]));
    insert(slots, key, hashes[key]);
    const std::size_t used = key + 1;
    if (used * 3 < slots.size() * 2) continue;
    std::size_t size = 8;
    while (size <= used * (used > 50000 ? 2 : 4)) size <<= 1;
    std::vector<std::size_t> larger(size, kFree);
    for (const std::size_t old : slots) {
      if (old != kFree) insert(larger, old, hashes[old]);
    }
    slots.swap(larger);
  }
  std::vector<std::size_t> order;
  for (const std::size_t key : slots) {
    if (key != kFree) order.push_back(key);
  }
  return order;
}

std::optional<std::vector<std::size_t>> python2_descending(const std::vector<double>& keys) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.rbegin(), order.rend(),
            0);  // reversed, sorted and reversed again, so that equal keys keep their order
  const auto less = [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; };
  std::size_t run = std::min<std::size_t>(order.size(), 1);
  const bool falls = order.size() > 1 && less(order[1], order[0]);
  while (run < order.size() && less(order[run], order[run - 1]) == falls) ++run;
  if (falls) std::reverse(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(run));
  if (run < order.size() && order.size() >= 64) return std::nullopt;
  for (; run < order.size(); ++run) {
    const auto at = order.begin() + static_cast<std::ptrdiff_t>(run);
    const auto place = std::upper_bound(order.begin(), at, *at, less);
    std::rotate(place, at, at + 1);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

}  // namespace polyclinic
