#include "core/edit_distance.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace polyclinic {
namespace {

int folded(char c, bool ignore_case) {
  const auto byte = static_cast<unsigned char>(c);
  return ignore_case ? std::tolower(byte) : byte;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, bool ignore_case) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1], ignore_case) == folded(b[j - 1], ignore_case);
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace polyclinic
