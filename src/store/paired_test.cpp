#include "store/paired_test.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace polyclinic {

double micro_f1(double tp, double fp, double fn) {
  const double all = 2 * tp + fp + fn;
  return all == 0 ? 0 : 2 * tp / all;
}

namespace {
using Pair = std::pair<DocumentCounts, DocumentCounts>;

struct Sums {
  double tp = 0, fp = 0, fn = 0, sum = 0, items = 0;
  void add(const DocumentCounts& d) { tp += d.tp, fp += d.fp, fn += d.fn, sum += d.sum, items += d.items; }
  double score() const { return items > 0 ? sum / items : micro_f1(tp, fp, fn); }
};

std::vector<Pair> pairs_of(const std::vector<DocumentCounts>& a, const std::vector<DocumentCounts>& b) {
  std::map<std::string, DocumentCounts> of_a;
  for (const DocumentCounts& d : a) of_a.emplace(d.id, d);
  std::vector<Pair> pairs;
  for (const DocumentCounts& d : b) {
    if (const auto found = of_a.find(d.id); found != of_a.end()) pairs.emplace_back(found->second, d);
  }
  // The order of the files must not decide the random numbers.
  std::sort(pairs.begin(), pairs.end(), [](const Pair& x, const Pair& y) { return x.first.id < y.first.id; });
  return pairs;
}

// Score of b less that of a, over documents `pick(i)` names; `swap()` says whether to exchange a document's two counts.
template <typename Pick, typename Swap>
double difference(const std::vector<Pair>& pairs, Pick pick, Swap swap) {
  Sums a, b;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Pair& pair = pairs[pick(i)];
    const bool exchanged = swap();
    a.add(exchanged ? pair.second : pair.first);
    b.add(exchanged ? pair.first : pair.second);
  }
  return b.score() - a.score();
}
}  // namespace

PairedResult paired_test(const std::vector<DocumentCounts>& a, const std::vector<DocumentCounts>& b,
                         std::int64_t samples, std::uint64_t seed) {
  const std::vector<Pair> pairs = pairs_of(a, b);
  if (pairs.empty())
    throw InputError("the two runs have no document in common", {}, "compare runs on the same test data");
  PairedResult result{.documents = pairs.size(), .samples = samples};
  Sums all_a, all_b;
  for (const auto& [of_a, of_b] : pairs) all_a.add(of_a), all_b.add(of_b);
  result.score_a = all_a.score();
  result.score_b = all_b.score();
  result.difference = result.score_b - result.score_a;

  RandomStream draw(seed, 1), coin(seed, 2);
  std::vector<double> differences;
  std::int64_t as_far = 0;
  for (std::int64_t s = 0; s < samples; ++s) {
    differences.push_back(difference(
        pairs, [&](std::size_t) { return static_cast<std::size_t>(draw.below(pairs.size())); }, [] { return false; }));
    const double swapped = difference(
        pairs, [](std::size_t i) { return i; }, [&] { return coin.below(2) == 1; });
    as_far += std::abs(swapped) >= std::abs(result.difference) - 1e-12;
  }
  std::sort(differences.begin(), differences.end());
  const auto at = [&](double share) {
    return differences[static_cast<std::size_t>(std::lround(share * static_cast<double>(differences.size() - 1)))];
  };
  result.low = at(0.025);
  result.high = at(0.975);
  result.p_randomization = static_cast<double>(as_far + 1) / static_cast<double>(samples + 1);
  return result;
}

}  // namespace polyclinic
