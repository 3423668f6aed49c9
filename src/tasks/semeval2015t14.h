#pragma once
// SemEval-2015 Task 14, Analysis of Clinical Text: disorders with CUIs (task 1) and their eight slots (tasks 2a, 2b)
// in lines of 19 columns between single pipes. Scored as the two official scripts do
// (sameer-pradhan/semeval-2015-task-14-scoring @ 048bfc9).
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// Slots 4 to 17 of a line, in the columns' order. Body location has several values and stands apart.
struct ShareSlot {
  const char* name;      // attribute of the mention; its cue is attribute "<name>.span"
  const char* official;  // name in the official output
  const char* fallback;  // value of an unmarked disorder
  std::vector<std::string> values;
};
inline constexpr std::size_t kShareSlots = 7;
const std::array<ShareSlot, kShareSlots>& share_slots();
inline constexpr const char* kBodyLocation = "bodyloc";

// One disorder of the official scripts: everything in lower case, absent columns empty.
struct SlotDisorder {
  std::string spans;  // column 2
  std::string concept_id;
  std::vector<std::string> slots;  // kShareSlots values; none when read for task 1, as are the body locations
  std::set<std::string> body_locations;
};
// document -> column 2 -> disorder. A later line of the same spans replaces all but the body locations.
using SlotTable = std::map<std::string, std::map<std::string, SlotDisorder>>;

// All files of a folder with ".pipe" in their names, in the order of their names; or one file. task 1 drops a CR at the
// end of a line, task 2 keeps it in the last column, as the two scripts do.
SlotTable load_semeval2015t14(const std::filesystem::path& path, bool task_two);

// subtask "1": primary strict_f1; "2a": weighted_accuracy; "2b": f_weighted_accuracy (relaxed F times weighted
// accuracy). The scripts walk Perl hashes in no fixed order, and relaxed numbers depend on it: here disorders are
// visited by (first offset, last offset, spans text); of predictions with equal overlap the first is the partner; slots
// are printed in the columns' order, CUI first, and a slot whose gold weights sum to 0 (the script dies there) has no
// line. Documents without gold lines are not scored.
ScoreReport score_semeval2015t14(const SlotTable& gold, const SlotTable& predicted, const std::string& subtask);

// One pipe file a note, ID.pipe, 19 columns without a trailing pipe, one line for each body location; 3 columns where
// the note has properties["columns"] == "3".
void write_semeval2015t14(const Split& split, const std::filesystem::path& folder);

}  // namespace polyclinic
