#pragma once
// MeasEval's paragraphs as examples: spans, of quantities with the attributes "unit" (empty: none) and "mods" (in
// alphabetical order, with commas between), and directed relations.
#include <string>
#include <vector>

#include "tasks/example.h"
#include "tasks/measeval_table.h"

namespace polyclinic {

// Offsets are checked against the text; a row whose span or relation cannot stand is an error and left out.
Example measeval_example(const std::vector<MeasEvalRow>& rows, std::string id, std::string text,
                         const std::string& file, Diagnostics& diagnostics);

// One set for each Quantity. What relations do not lead to a Quantity has no set and cannot be written: it is left out.
// A span that serves several quantities is written once in each set. A quantity without "unit" gets unit_shown().
std::vector<MeasEvalRow> measeval_rows(const Example& example);
// Gives each predicted quantity that says nothing of its unit the one that its text shows, as the official file has it.
void add_shown_units(Example& example);
std::string format_measeval_rows(const std::vector<MeasEvalRow>& rows);

}  // namespace polyclinic
