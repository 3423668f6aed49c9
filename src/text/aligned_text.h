#pragma once
// A text after normalisation that still knows where each of its bytes comes from.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace polyclinic {

// A stretch of bytes of the original text; begin == end: stands for nothing there.
struct Origin {
  std::uint32_t begin;
  std::uint32_t end;
};

class AlignedText {
 public:
  AlignedText() = default;
  // The original text itself: bytes [begin, begin + view.size()). Nothing is copied.
  AlignedText(std::string_view view, std::size_t begin) : view_(view), shift_(static_cast<std::uint32_t>(begin)) {}
  AlignedText(const AlignedText&) = delete;
  AlignedText& operator=(const AlignedText&) = delete;

  std::string_view text() const { return origins_.empty() ? view_ : std::string_view(own_); }
  Origin origin(std::size_t byte) const {
    if (!origins_.empty()) return origins_[byte];
    const std::uint32_t at = shift_ + static_cast<std::uint32_t>(byte);
    return {at, at + 1};
  }
  // Where bytes [begin, end) come from, begin < end.
  Origin origin(std::size_t begin, std::size_t end) const { return {origin(begin).begin, origin(end - 1).end}; }

  // Building: a new text out of parts of another one.
  void copy(const AlignedText& from, std::size_t begin, std::size_t end);
  void put(std::string_view text, Origin origin);  // all of `text` comes from `origin`
  void reserve(std::size_t bytes);
  void truncate(std::size_t bytes);

 private:
  std::string_view view_;
  std::uint32_t shift_ = 0;
  std::string own_;
  std::vector<Origin> origins_;
};

// A part of an aligned text; the text outlives it.
struct Piece {
  const AlignedText* base;
  std::size_t begin;
  std::size_t end;
  std::string_view text() const { return base->text().substr(begin, end - begin); }
};

}  // namespace polyclinic
