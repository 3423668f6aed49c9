#include "strategy/transfer.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>

namespace polyclinic {

TransferSummary summarise_transfer(const std::vector<std::vector<double>>& scores,
                                   const std::vector<double>& untrained) {
  const std::size_t tasks = scores.size();
  assert(tasks > 0 && untrained.size() == tasks);
  const std::vector<double>& last = scores.back();
  TransferSummary out;
  out.average = std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(tasks);
  if (tasks == 1) return out;
  const auto others = static_cast<double>(tasks - 1);
  for (std::size_t j = 0; j + 1 < tasks; ++j) {
    out.backward += (last[j] - scores[j][j]) / others;
    out.forward += (scores[j][j + 1] - untrained[j + 1]) / others;
    double best = scores[0][j];
    for (std::size_t i = 1; i + 1 < tasks; ++i) best = std::max(best, scores[i][j]);
    out.forgetting.push_back(best - last[j]);
    out.mean_forgetting += out.forgetting.back() / others;
  }
  return out;
}

}  // namespace polyclinic
