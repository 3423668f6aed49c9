#pragma once
// Strings <-> ids: all strings in one block, one open-addressed table. Built once, then only read.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

class Vocabulary {
 public:
  static constexpr std::int32_t none = -1;

  void reserve(std::size_t entries, std::size_t bytes);
  // A text that is there already gets the new id; an id may stand for one text only (the last one given).
  void add(std::string_view text, std::int32_t id);
  std::int32_t find(std::string_view text) const;  // id or none
  bool has(std::int32_t id) const;
  std::string_view text(std::int32_t id) const;                                   // "" when has(id) is false
  std::int32_t size() const { return static_cast<std::int32_t>(spans_.size()); }  // highest id + 1

 private:
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
    bool present = false;
  };
  struct Slot {
    std::uint32_t hash = 0;
    std::int32_t id = none;
    std::uint32_t begin = 0;  // of the text: kept here as well, since a look-up then touches one cache line less
    std::uint32_t length = 0;
  };
  bool holds(const Slot& slot, std::string_view wanted, std::uint32_t hash) const {
    return slot.hash == hash && slot.length == wanted.size() &&
           std::string_view(bytes_.data() + slot.begin, slot.length) == wanted;
  }
  void grow();
  Slot& slot_for(std::string_view text, std::uint32_t hash);

  std::string bytes_;
  std::vector<Span> spans_;  // by id
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace polyclinic
