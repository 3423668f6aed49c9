#include "text/aligned_text.h"

namespace polyclinic {

void AlignedText::reserve(std::size_t bytes) {
  own_.reserve(bytes);
  origins_.reserve(bytes);
}

void AlignedText::copy(const AlignedText& from, std::size_t begin, std::size_t end) {
  own_.append(from.text().substr(begin, end - begin));
  if (!from.origins_.empty()) {
    origins_.insert(origins_.end(), from.origins_.begin() + static_cast<std::ptrdiff_t>(begin),
                    from.origins_.begin() + static_cast<std::ptrdiff_t>(end));
    return;
  }
  for (std::size_t byte = begin; byte < end; ++byte) origins_.push_back(from.origin(byte));
}

void AlignedText::put(std::string_view text, Origin origin) {
  own_.append(text);
  origins_.insert(origins_.end(), text.size(), origin);
}

void AlignedText::truncate(std::size_t bytes) {
  own_.resize(bytes);
  origins_.resize(bytes);
}

}  // namespace polyclinic
