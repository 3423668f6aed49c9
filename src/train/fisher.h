#pragma once
// Diagonal of the empirical Fisher information of the adapters, for EWC (strategy/elastic_weights.h).
#include <cstdint>
#include <vector>

#include "train/network.h"

namespace polyclinic {

// Up to `samples` of the sequences of all parts in `training`, without repetition, by a shuffle of `seed`.
std::vector<PartSequence> fisher_sample(const std::vector<std::vector<PartSequence>>& training, std::int64_t samples,
                                        std::uint64_t seed);

// Mean over `sequences` of (gradient of the sequence's summed loss)^2 / units, without dropout: the information of one
// loss-bearing unit, so that lambda 1 weighs a finished task as its posterior does when both tasks have as many units.
// [N] as ParameterStore::values(); 0 outside the adapters, since heads are no other task's. Changes the gradients.
at::Tensor adapter_fisher(Network& network, const std::vector<PartSequence>& sequences, std::int64_t max_tokens);

}  // namespace polyclinic
