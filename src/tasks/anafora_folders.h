#pragma once
// Anafora folders as anaforatools walks them: a document is a folder without sub-folders; its name is the document's.
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/semeval2016t12.h"

namespace polyclinic {

// Documents below `reference` with a file whose name holds a match of `name_pattern` (ECMAScript; "(?i)" at its
// beginning ignores case), sorted by folder. Of several files the first by name counts. A document without a predicted
// file (<predicted>/<folder>/<name>*.xml) has an empty prediction. InputError where anaforatools raises.
std::vector<AnaforaPair> read_anafora_folders(const std::filesystem::path& reference,
                                              const std::filesystem::path& predicted, const std::string& name_pattern);

// Does the text hold a match? InputError for a bad pattern.
bool pattern_found(const std::string& text, const std::string& pattern);

}  // namespace polyclinic
