#pragma once
// S5's half of inheritance; finding the parent is the run store's.
#include "config/strategy_options.h"

namespace polyclinic {

// `parent`'s slots, gradients and mix, under the name, training length and quantisation of `heir`; inherit_from unset.
StrategyOptions inherit_strategy(const StrategyOptions& heir, const StrategyOptions& parent);

}  // namespace polyclinic
