#pragma once
// Sequences of one optimizer step to packs of at most max_tokens tokens (design.md, section 3: token budget).
#include <cstdint>
#include <vector>

#include "data/pack.h"

namespace polyclinic {

// Routes that a task's sequences are fed through, by task. S3b's level-2 tasks name two: each of their sequences then
// lies twice in its pack, one stream directly after the other, with one sequence_index. A task beyond the table, or
// with an empty line, is fed once through Sequence::route.
using RoutesOfTask = std::vector<std::vector<std::int32_t>>;

// First fit: each sequence, in the order given, goes to the first pack that still has room; within a pack the order is
// kept. The result depends on nothing but the arguments. Pack::sequence_index counts the step's sequences.
// InputError when a sequence (all of its streams) is longer than max_tokens; empty sequences are refused likewise.
std::vector<Pack> pack_step(const std::vector<Sequence>& step, std::int64_t max_tokens,
                            const RoutesOfTask& routes = {});

// The same sequences in the order of (route, task), otherwise as they stood: neighbours that share adapter slots then
// multiply in one piece (adapter/routing.h). Streams of one sequence no longer lie side by side.
Pack grouped(const Pack& pack);

// Tokens of a pack by task: fed counts a sequence once, trunk counts each stream (design.md, section 5).
struct PackTokens {
  std::int64_t fed = 0;
  std::int64_t trunk = 0;
};
std::vector<PackTokens> tokens_by_task(const Pack& pack, std::int64_t tasks);

}  // namespace polyclinic
