#pragma once
// Which predicted disorder answers which gold one: the strict and the two relaxed pairings of SemEval-2015 Task 14.
#include <optional>
#include <utility>
#include <vector>

#include "tasks/semeval2015t14.h"

namespace polyclinic {

struct DisorderPairs {
  std::vector<std::pair<const SlotDisorder*, const SlotDisorder*>> pairs;  // gold, predicted; one of each true positive
  double false_positive = 0, false_negative = 0;
  double true_positive() const { return static_cast<double>(pairs.size()); }
};

enum class Pairing {
  strict,         // equal spans and CUI
  relaxed,        // task 1: else overlapping, with an equal CUI
  relaxed_spans,  // task 2: overlapping; the CUI does not count, and an exactly matched gold takes further predictions
};

// The disorders of one document, by spans.
using DocumentDisorders = std::map<std::string, SlotDisorder>;

DisorderPairs pair_disorders(const DocumentDisorders& gold, const DocumentDisorders& predicted, Pairing pairing);

}  // namespace polyclinic
