#include "model/heads/viterbi.h"

#include <limits>

namespace polyclinic {

std::vector<std::int32_t> viterbi(const float* scores, std::size_t n, const Transitions& transitions) {
  if (n == 0) return {};
  constexpr double never = -std::numeric_limits<double>::infinity();
  const std::size_t labels = transitions.labels;
  std::vector<double> best(labels, never), next(labels);
  std::vector<std::int32_t> from(n * labels, 0);
  for (std::size_t to = 0; to < labels; ++to) {
    if (transitions.start[to]) best[to] = scores[to];
  }
  for (std::size_t i = 1; i < n; ++i) {
    for (std::size_t to = 0; to < labels; ++to) {
      next[to] = never;
      for (std::size_t source = 0; source < labels; ++source) {
        if (!transitions.allowed[source * labels + to] || !(best[source] > next[to])) continue;
        next[to] = best[source];
        from[i * labels + to] = static_cast<std::int32_t>(source);
      }
      next[to] += scores[i * labels + to];
    }
    best.swap(next);
  }
  std::vector<std::int32_t> path(n, 0);
  for (std::size_t to = 1; to < labels; ++to) {
    if (best[to] > best[static_cast<std::size_t>(path[n - 1])]) path[n - 1] = static_cast<std::int32_t>(to);
  }
  for (std::size_t i = n - 1; i > 0; --i) path[i - 1] = from[i * labels + static_cast<std::size_t>(path[i])];
  return path;
}

}  // namespace polyclinic
