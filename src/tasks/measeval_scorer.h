#pragma once
// The MeasEval score of rows in memory (training) and of folders (`polyclinic score measeval`).
#include <string>
#include <vector>

#include "tasks/measeval_table.h"
#include "tasks/scorer.h"

namespace polyclinic {

struct MeasEvalTables {
  std::vector<MeasEvalRow> gold, predicted;
  std::size_t gold_files = 0, predicted_files = 0;
  std::string mode = "overall";  // overall, class, doc, classdoc, sub
  std::string categories;        // text of a fileCategories.txt; empty: the articles of the shared task
};

ScoreReport score_measeval(const MeasEvalTables& tables);

}  // namespace polyclinic
