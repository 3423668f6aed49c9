#pragma once
// What needs no model: any trained run must beat these on the same split, or it has learned nothing worth having.
#include "tasks/example.h"

namespace polyclinic {

// The most frequent label of a token in training, everywhere. For entity tasks that is "outside": no mention at all.
// For labels and scores: the most frequent set of labels, the mean score. For ranking: the order that is given.
Split majority_baseline(const Split& training, const Split& inputs);

// Longest match, left to right, of the training mentions' words (ASCII case folded) with their most frequent type, and
// the most frequent concept and attributes (of few values) of their mentions of that type. No relations.
// Entries that are a mention in less than half of their training occurrences are left out.
Split gazetteer_baseline(const Split& training, const Split& inputs);

// The baseline that suits what training holds: the gazetteer for mentions, BM25 for candidates of queries, naive Bayes
// for labels of texts, word overlap for scored pairs (text_baselines.h).
struct SimpleBaseline {
  std::string name;
  Split predicted;
};
SimpleBaseline simple_baseline(const Split& training, const Split& inputs);

}  // namespace polyclinic
