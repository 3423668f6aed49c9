#pragma once
// YAML text as PyYAML prints it for OmegaConf.to_yaml: block style, indent 2, 80 columns, byte for byte.
#include <string>

#include "config/node.h"

namespace polyclinic {

std::string write_yaml(const Node& root);

// A value on one line, as YAML writes it: [8], {a: 1}, null, '8'.
std::string inline_yaml(const Node& node);

}  // namespace polyclinic
