#pragma once
// Strings with ids, sorted, to find all of them that a text has at one place.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

class PrefixTable {
 public:
  struct Entry {
    std::string text;
    std::int32_t id;
  };
  PrefixTable() = default;
  explicit PrefixTable(std::vector<Entry> entries);  // none empty, none twice
  bool empty() const { return entries_.empty(); }

  // Calls found(id, length) for each entry that `text` has at `at`, from short to long.
  template <typename F>
  void each(std::string_view text, std::size_t at, F&& found) const {
    if (at >= text.size()) return;
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t low = starts_[first], high = starts_[first + 1u];
    for (std::size_t depth = 1; low < high; ++depth) {
      const Entry& entry = entries_[low];
      if (entry.text.size() == depth) {
        found(entry.id, depth);
        ++low;
      }
      if (at + depth >= text.size()) return;
      narrow(depth, static_cast<unsigned char>(text[at + depth]), low, high);
    }
  }

 private:
  // Keeps of [low, high), whose entries are longer than `depth`, those with `byte` there.
  void narrow(std::size_t depth, unsigned char byte, std::size_t& low, std::size_t& high) const;

  std::vector<Entry> entries_;
  std::array<std::size_t, 257> starts_{};  // by first byte
};

}  // namespace polyclinic
