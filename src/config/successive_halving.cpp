#include "config/successive_halving.h"

#include <algorithm>
#include <cmath>

namespace polyclinic {

SuccessiveHalving::SuccessiveHalving(std::size_t configurations, std::size_t rungs, std::int64_t reduction_factor)
    : configurations_(configurations), factor_(reduction_factor), rungs_(rungs) {}

std::optional<Trial> SuccessiveHalving::next() {
  for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
    std::vector<Entry>& entries = rungs_[rung];
    const std::size_t best = entries.size() / static_cast<std::size_t>(factor_);
    for (std::size_t i = 0; i < best; ++i) {
      if (entries[i].promoted || std::isnan(entries[i].score)) continue;
      entries[i].promoted = true;
      return Trial{entries[i].configuration, rung + 1};
    }
  }
  if (started_ == configurations_) return std::nullopt;
  return Trial{started_++, 0};
}

void SuccessiveHalving::report(const Trial& trial, double score) {
  std::vector<Entry>& entries = rungs_[trial.rung];
  entries.push_back({trial.configuration, score});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (std::isnan(a.score) || std::isnan(b.score)) return !std::isnan(a.score) && std::isnan(b.score);
    return a.score > b.score;
  });
}

}  // namespace polyclinic
