#pragma once
// YAML text as PyYAML prints it for OmegaConf.to_yaml: block style, indent 2, 80 columns, byte for byte.
#include <string>

#include "config/node.h"

namespace polyclinic {

std::string write_yaml(const Node& root);

}  // namespace polyclinic
