#include "data/packer.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

namespace {
std::vector<std::int32_t> routes_for(const Sequence& sequence, const RoutesOfTask& routes) {
  const auto task = static_cast<std::size_t>(sequence.task);
  if (task < routes.size() && !routes[task].empty()) return routes[task];
  return {sequence.route};
}

void append(Pack& pack, const Sequence& sequence, std::int32_t route, std::int64_t index) {
  pack.token_ids.insert(pack.token_ids.end(), sequence.token_ids.begin(), sequence.token_ids.end());
  for (std::size_t i = 0; i < sequence.token_ids.size(); ++i) pack.positions.push_back(static_cast<std::int32_t>(i));
  pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
  pack.sequence_task.push_back(sequence.task);
  pack.sequence_route.push_back(route);
  pack.sequence_index.push_back(index);
}

void check(const Sequence& sequence, std::int64_t cost, std::int64_t max_tokens) {
  const std::string what = concat("sequence of example ", sequence.example, ", window ", sequence.window);
  if (cost == 0) throw InputError(concat(what, " has no tokens"));
  if (cost > max_tokens) {
    throw InputError(concat(what, " needs ", cost, " tokens and a micro-batch holds ", max_tokens),
                     {.key = "train.max_tokens"}, "raise it, or lower the task's max_seq_len");
  }
}
}  // namespace

std::vector<Pack> pack_step(const std::vector<Sequence>& step, std::int64_t max_tokens, const RoutesOfTask& routes) {
  std::vector<Pack> packs;
  for (std::size_t index = 0; index < step.size(); ++index) {
    const Sequence& sequence = step[index];
    const std::vector<std::int32_t> streams = routes_for(sequence, routes);
    const auto cost = static_cast<std::int64_t>(sequence.token_ids.size() * streams.size());
    check(sequence, cost, max_tokens);
    std::size_t at = 0;
    while (at < packs.size() && packs[at].tokens() + cost > max_tokens) ++at;
    if (at == packs.size()) packs.emplace_back().sequence_starts.push_back(0);
    for (const std::int32_t route : streams) append(packs[at], sequence, route, static_cast<std::int64_t>(index));
  }
  return packs;
}

Pack grouped(const Pack& pack) {
  std::vector<std::size_t> order(pack.sequence_task.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t s) { return std::pair(pack.sequence_route[s], pack.sequence_task[s]); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  Pack out;
  out.sequence_starts.push_back(0);
  for (const std::size_t s : order) {
    const auto begin = pack.sequence_starts[s], end = pack.sequence_starts[s + 1];
    out.token_ids.insert(out.token_ids.end(), pack.token_ids.begin() + begin, pack.token_ids.begin() + end);
    out.positions.insert(out.positions.end(), pack.positions.begin() + begin, pack.positions.begin() + end);
    out.sequence_starts.push_back(static_cast<std::int32_t>(out.token_ids.size()));
    out.sequence_task.push_back(pack.sequence_task[s]);
    out.sequence_route.push_back(pack.sequence_route[s]);
    out.sequence_index.push_back(pack.sequence_index[s]);
  }
  return out;
}

std::vector<PackTokens> tokens_by_task(const Pack& pack, std::int64_t tasks) {
  std::vector<PackTokens> tokens(static_cast<std::size_t>(tasks));
  std::set<std::int64_t> seen;
  for (std::size_t s = 0; s < pack.sequence_task.size(); ++s) {
    const std::int64_t length = pack.sequence_starts[s + 1] - pack.sequence_starts[s];
    PackTokens& of_task = tokens.at(static_cast<std::size_t>(pack.sequence_task[s]));
    of_task.trunk += length;
    if (seen.insert(pack.sequence_index[s]).second) of_task.fed += length;
  }
  return tokens;
}

}  // namespace polyclinic
