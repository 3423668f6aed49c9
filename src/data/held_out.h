#pragma once
// A development split for corpora that come without one.
#include "tasks/example.h"

namespace polyclinic {

// Moves `share` (above 0, at most 0.5) of the training examples into the returned split "dev", spread evenly over the
// order of the files, at least one; examples of one group stay together. The same input gives the same split.
// InputError when fewer than two examples (or groups) are there.
Split hold_out_dev(Split& training, double share);

}  // namespace polyclinic
