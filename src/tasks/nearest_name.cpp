#include "tasks/nearest_name.h"

#include "core/concat.h"
#include "core/edit_distance.h"

namespace polyclinic {
std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t least = 0;
  for (const std::string& name : known) {
    const std::size_t far = edit_distance(given, name, true);
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
