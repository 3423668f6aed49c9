#pragma once
// SemEval-2014 Task 7, Analysis of Clinical Text: disorder mentions (A) and their CUIs (B) in `||` lines,
// "DocName||Disease_Disorder||CUI||start||end[||start||end]*". Scored as the task's eval.pl does.
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>

#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// document -> offsets joined by '-' -> lower-case CUI. The same offsets written differently ("010") are another key,
// as in the official script.
using DisorderTable = std::map<std::string, std::unordered_map<std::string, std::string>>;

// All files of a folder whose names do not begin with '.' or end with '~', in the order of their names; or one file.
// `strip_carriage_return`: the official script keeps the CR of a CR LF line end in the last offset. Throws InputError
// at a line where the script dies: fewer than 5 fields, an even number of fields, offsets that decrease.
DisorderTable load_semeval2014t7(const std::filesystem::path& path, bool strip_carriage_return);

// subtask: "A" (primary strict_f1) or "B" (primary strict_accuracy).
ScoreReport score_semeval2014t7(const DisorderTable& gold, const DisorderTable& predicted, const std::string& subtask);

// One pipe file a note, ID.pipe, a mention a line in the order of the mentions; a note without mentions gives an empty
// file. A mention without a concept is written as CUI-less.
void write_semeval2014t7(const Split& split, const std::filesystem::path& folder);

}  // namespace polyclinic
