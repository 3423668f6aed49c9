#include "text/vocabulary.h"

#include <bit>
#include <functional>

namespace polyclinic {
namespace {
std::uint32_t hash_of(std::string_view text) {
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}
}  // namespace

void Vocabulary::reserve(std::size_t entries, std::size_t bytes) {
  bytes_.reserve(bytes);
  spans_.reserve(entries);
  slots_.assign(std::bit_ceil(entries * 2 + 16), Slot{});
}

Vocabulary::Slot& Vocabulary::slot_for(std::string_view wanted, std::uint32_t hash) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.id == none || holds(slot, wanted, hash)) return slot;
  }
}

void Vocabulary::grow() {
  std::vector<Slot> old(std::bit_ceil(slots_.size() * 2 + 16));
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id == none) continue;
    std::size_t i = slot.hash & mask;
    while (slots_[i].id != none) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

void Vocabulary::add(std::string_view added, std::int32_t id) {
  if (slots_.size() < 2 * (used_ + 1)) grow();
  const std::uint32_t hash = hash_of(added);
  Slot& slot = slot_for(added, hash);
  used_ += slot.id == none;
  if (id >= size()) spans_.resize(static_cast<std::size_t>(id) + 1);
  spans_[static_cast<std::size_t>(id)] = {static_cast<std::uint32_t>(bytes_.size()),
                                          static_cast<std::uint32_t>(added.size()), true};
  slot = {hash, id, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(added.size())};
  bytes_.append(added);
}

std::int32_t Vocabulary::find(std::string_view wanted) const {
  if (slots_.empty()) return none;
  const std::uint32_t hash = hash_of(wanted);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.id == none) return none;
    if (holds(slot, wanted, hash)) return slot.id;
  }
}

bool Vocabulary::has(std::int32_t id) const {
  return id >= 0 && id < size() && spans_[static_cast<std::size_t>(id)].present;
}

std::string_view Vocabulary::text(std::int32_t id) const {
  if (!has(id)) return {};
  const Span& span = spans_[static_cast<std::size_t>(id)];
  return std::string_view(bytes_).substr(span.begin, span.length);
}

}  // namespace polyclinic
