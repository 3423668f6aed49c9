#include "text/prefix_table.h"

#include <algorithm>

namespace polyclinic {
namespace {

unsigned char byte_of(const PrefixTable::Entry& entry, std::size_t depth) {
  return static_cast<unsigned char>(entry.text[depth]);
}

}  // namespace

PrefixTable::PrefixTable(std::vector<Entry> entries) : entries_(std::move(entries)) {
  // std::string compares bytes as unsigned characters.
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.text < b.text; });
  std::size_t at = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    starts_[byte] = at;
    while (at < entries_.size() && byte_of(entries_[at], 0) == byte) ++at;
  }
  starts_[256] = at;
}

void PrefixTable::narrow(std::size_t depth, unsigned char byte, std::size_t& low, std::size_t& high) const {
  const auto begin = entries_.begin();
  const auto first = begin + static_cast<std::ptrdiff_t>(low), last = begin + static_cast<std::ptrdiff_t>(high);
  const auto from =
      std::lower_bound(first, last, byte, [&](const Entry& e, unsigned char b) { return byte_of(e, depth) < b; });
  const auto to =
      std::upper_bound(from, last, byte, [&](unsigned char b, const Entry& e) { return b < byte_of(e, depth); });
  low = static_cast<std::size_t>(from - begin);
  high = static_cast<std::size_t>(to - begin);
}

}  // namespace polyclinic
