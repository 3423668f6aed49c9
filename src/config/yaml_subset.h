#pragma once
// The YAML that configuration files are nearly always written in, read in one pass (yaml-cpp's scanner was three
// quarters of composing a tree): ASCII, block mappings under word-like keys, block lists, one-line `[..]` and `{..}`,
// plain and quoted values on one line, comments.
#include <string>
#include <string_view>

#include "config/node.h"

namespace polyclinic {

// The tree that read_yaml_fully gives for the same text, origins included; null when the text holds anything else
// (anchors, tags, block texts, escapes, ...) or is wrong: never an error. An empty text is null.
NodePtr read_yaml_subset(std::string_view text, const std::string& file);

}  // namespace polyclinic
