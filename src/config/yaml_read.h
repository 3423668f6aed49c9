#pragma once
// A YAML file as OmegaConf 2.3 loads it: YAML 1.1 types, duplicate keys refused, `<<` merged, `${` checked.
#include <string>
#include <string_view>

#include "config/node.h"

namespace polyclinic {

// The document as a tree; an empty file is an empty mapping. InputError with file, line and column.
NodePtr read_yaml(std::string_view text, const std::string& file);
// The same without the quick way for common texts (yaml_subset.h), which must give no other tree.
NodePtr read_yaml_fully(std::string_view text, const std::string& file);

}  // namespace polyclinic
