#include "tasks/nearest_name.h"

#include <algorithm>
#include <cctype>

#include "core/concat.h"

namespace polyclinic {
namespace {

// Levenshtein's distance, case ignored.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same =
          std::tolower(static_cast<unsigned char>(a[i - 1])) == std::tolower(static_cast<unsigned char>(b[j - 1]));
      const std::size_t change = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t least = 0;
  for (const std::string& name : known) {
    const std::size_t far = distance(given, name);
    if (best == nullptr || far < least) {
      best = &name;
      least = far;
    }
  }
  if (best == nullptr) return "there is nothing to choose from";
  if (least * 3 <= best->size()) return concat("did you mean '", *best, "'?");
  std::string text = "choose one of ";
  for (std::size_t i = 0; i < known.size(); ++i) text += concat(i == 0 ? "" : ", ", known[i]);
  return text;
}

}  // namespace polyclinic
