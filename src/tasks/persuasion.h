#pragma once
// The real SemEval-2021 Task 6, "Detection of Persuasion Techniques in Texts and Images" (Dimitrov et al., 2021): JSON
// files and both official scorers. Subtasks 1 and 3 label a text, subtask 2 labels spans of it.
#include <string>
#include <string_view>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/scorer.h"

namespace polyclinic {

struct PersuasionSpan {
  std::string technique;
  long long begin = 0, end = 0;  // code points, end-exclusive
  std::string fragment;          // text_fragment, may be empty
};

struct PersuasionItem {
  std::string id;
  std::string text;                   // absent in a prediction
  std::vector<std::string> labels;    // subtasks 1 and 3
  std::vector<PersuasionSpan> spans;  // subtask 2
  int line = 0;                       // where the object begins
  bool text_id = true;                // the file has the id as a text and not as a number
};

// The list of techniques in the order of the scorer's lines: 20 for subtasks "1" and "2", 22 for "3".
const std::vector<std::string>& persuasion_techniques(std::string_view subtask);

// A JSON array of objects. `spans`: labels are objects with technique, start and end (subtask 2), else strings.
std::vector<PersuasionItem> read_persuasion(std::string_view bytes, const std::string& file, bool spans,
                                            Diagnostics& diagnostics);
// The same form back; two blanks of indent.
std::string write_persuasion(const std::vector<PersuasionItem>& items);

// The official numbers of items in memory. The last of several items with one id counts.
ScoreReport score_persuasion_labels(const std::vector<PersuasionItem>& gold, const std::vector<PersuasionItem>& pred,
                                    const std::vector<std::string>& techniques, const std::string& pred_file);
ScoreReport score_persuasion_spans(const std::vector<PersuasionItem>& gold, const std::vector<PersuasionItem>& pred,
                                   const std::vector<std::string>& techniques, const std::string& pred_file,
                                   bool for_script);

}  // namespace polyclinic
