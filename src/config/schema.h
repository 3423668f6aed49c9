#pragma once
// From the declarations of study.h: decoding of a composed tree, validation, documentation, canonical text.
#include <string>
#include <vector>

#include "config/node.h"
#include "config/study.h"

namespace polyclinic {

// The typed configuration of a resolved job tree. InputError (exit 2) with file:line, key and mend for an unknown key
// (nearest name), a wrong type, a value out of range, a value that must be set.
StudyConfig decode_study(const Node& job);

// Every option: key, type, default, what it may be, what it does.
struct OptionHelp {
  std::string key;
  std::string type;
  std::string initial;
  std::string limits;
  std::string help;
};
std::vector<OptionHelp> study_options();
std::string study_options_text();

// YAML with every option, in the order of declaration.
std::string canonical_yaml(const StudyConfig& study);

}  // namespace polyclinic
