#pragma once
// Baselines over bags of words for tasks of whole texts and pairs. `inputs`: without gold; they come back with the
// prediction.
#include "tasks/example.h"

namespace polyclinic {

// Multinomial naive Bayes, add-one smoothing (Manning et al. 2008, chapter 13), over the words of text and second text.
// One label an example when each training example has one; else each label against the rest, and "none" where nothing
// is found and training writes that.
Split naive_bayes_baseline(const Split& training, Split inputs);

// BM25 of second_text for the words of text, k1 = 1.2, b = 0.75 (Robertson and Zaragoza 2009), over the candidates of
// `inputs`; labels are training's most frequent one.
Split bm25_baseline(const Split& training, Split inputs);

// Shared words over all words of the two texts (Jaccard), stretched over training's range of scores.
Split word_overlap_baseline(const Split& training, Split inputs);

}  // namespace polyclinic
