#pragma once
// Temporal closure scores of anaforatools: precision counts the predicted relations that follow from the reference,
// recall the reference relations that follow from the prediction. Each relation between two intervals is a set of
// "<" and "=" between their end points; what follows is what their transitivity gives.
#include <set>

#include "tasks/anafora_views.h"

namespace polyclinic {

struct ClosureCounts {
  double reference = 0, predicted = 0, precision_correct = 0, recall_correct = 0;
};

// Relations with an unknown name are left out, and of those with equal end point relations one is kept. `strict`:
// InputError for a relation that has not two spans and one property (current anaforatools raises; 2016 leaves it out).
ClosureCounts closure_counts(const std::set<AnaforaKey>& reference, const std::set<AnaforaKey>& predicted, bool strict);

}  // namespace polyclinic
