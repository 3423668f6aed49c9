#include "config/nearest.h"

#include <algorithm>

#include "core/edit_distance.h"

namespace polyclinic {
std::string nearest_name(std::string_view written, const std::vector<std::string>& names) {
  if (written.size() > 200) return "";
  const bool short_word = written.size() <= 3;  // one letter apart is another word: gpu, cpu
  std::string best;
  std::size_t smallest = std::max<std::size_t>(2, written.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(written, name.substr(0, 200));
    if (short_word && name[0] != written[0]) continue;
    if (distance < smallest && distance < written.size()) {
      smallest = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace polyclinic
