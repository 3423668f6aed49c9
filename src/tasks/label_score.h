#pragma once
// Accuracy, F1 of labels and correlation for the public tasks. Examples are paired by id; a gold example that is not
// predicted is an error.
#include <set>
#include <string>

#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// Share of examples whose first label agrees; also macro F1 over the gold labels (scikit-learn's f1_score).
ScoreReport score_accuracy(const Split& gold, const Split& predicted);

// Micro F1 over `counted` labels; empty: all labels but "none". Primary: "f1".
ScoreReport score_label_f1(const Split& gold, const Split& predicted, const std::set<std::string>& counted);

// Pearson's r and Spearman's rho (average ranks) of Example::score. 0 when either side is constant.
ScoreReport score_pearson(const Split& gold, const Split& predicted);

}  // namespace polyclinic
