#pragma once
// What `polyclinic predict` reads and prints; no tensors.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tasks/example.h"

namespace polyclinic {

// {"id", "mentions": [{"id", "type", "spans": [[begin, end], ...], "text", "attributes"?, "concept"?}], "relations"?,
// "labels"?, "score"?}; offsets in code points, relations by the mentions' ids.
nlohmann::ordered_json annotation_json(const Example& example);

// The lines of a BRAT .ann file; a concept that is a CUI is a Reference to UMLS. InputError when the example has labels
// or a score, which BRAT cannot hold.
std::string annotation_brat(const Example& example);

// The NAME.txt files of a folder, by name, without annotation. InputError when there is none or one is not UTF-8.
std::vector<Example> read_plain_notes(const std::string& folder);

// One text as an example. InputError when it is not UTF-8.
Example plain_note(const std::string& id, std::string text);
// A pair of texts, or a candidate for a query: those of one first text are ranked together.
Example plain_pair(const std::string& id, std::string text, std::string second);

}  // namespace polyclinic
