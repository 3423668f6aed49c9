#pragma once
// What `polyclinic config --info` prints, and small questions about a composition.
#include <string>

#include "config/compose.h"

namespace polyclinic {

// all | config | defaults | defaults-tree | searchpath. InputError for anything else.
std::string config_info(const Composition& composition, const std::string& what);

// The node at a dotted key; null when there is none.
const Node* find_node(const Node& root, const std::string& key);

// The folder is a study's (it has the groups model, task and strategy), so the typed schema applies.
bool is_study(const Composition& composition);

}  // namespace polyclinic
