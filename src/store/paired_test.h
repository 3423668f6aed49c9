#pragma once
// Is one run better than another? Tests that pair the two runs' counts document by document, on micro F1, or on
// the mean of a quantity where the documents hold one (average precision, overlap).
#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/run_folder.h"

namespace polyclinic {

struct PairedResult {
  std::size_t documents = 0;        // that both runs have
  double score_a = 0, score_b = 0;  // over these documents
  double difference = 0;            // score_b - score_a
  double low = 0, high = 0;         // 95 % interval of the difference: percentile bootstrap over documents
  double p_randomization = 1;       // two-sided approximate randomisation (Noreen 1989): swaps within documents
  std::int64_t samples = 0;         // of each
};

// 2 tp / (2 tp + fp + fn); 0 when all are 0.
double micro_f1(double tp, double fp, double fn);

// The documents of one task that both hold, by id. InputError when there is none. The same seed gives the same numbers.
PairedResult paired_test(const std::vector<DocumentCounts>& a, const std::vector<DocumentCounts>& b,
                         std::int64_t samples = 10000, std::uint64_t seed = 1);

}  // namespace polyclinic
