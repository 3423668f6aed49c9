#pragma once
// A value override of the command line, applied to a composed tree as Hydra 1.3 does (its section 7 corners included).
#include "config/node.h"
#include "config/override.h"

namespace polyclinic {

void apply_override(Node& root, const Override& override, bool study = false);

}  // namespace polyclinic
