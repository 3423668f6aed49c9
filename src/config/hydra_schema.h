#pragma once
// The types of Hydra's own node: its run and sweep folders, its job, its lists of overrides.
#include "config/node.h"

namespace polyclinic {

// Refuses new and deleted keys below `hydra` from here on, where Hydra has a typed node.
void close_hydra(Node& root);

// InputError for a value of a wrong type; numbers become texts where a text is kept.
void check_hydra(Node& root);

}  // namespace polyclinic
