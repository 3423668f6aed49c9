#pragma once
// The study's one table: a line a strategy, a column a task with its official metric, then what makes the comparison
// fair: tokens, active and total parameters, conflicts.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/run_record.h"

namespace polyclinic {

// One line: the runs that make it up. S1 trains a run a task; they stand in one line.
struct StudyLine {
  std::string label;            // "S3b", "A1", "S1 seed.data=2"
  std::vector<RunRecord> runs;  // finished ones
  std::string problem;          // of a run that has no result, e.g. "failed"; or empty
};

struct StudyCell {
  std::string metric;
  double score = 0;
};

struct StudyRow {
  std::string label, problem;
  std::map<std::string, StudyCell> cells;  // by task
  std::optional<double> mean;              // over all tasks of the table; absent when one is missing
  RunTokens tokens;                        // over the runs
  std::int64_t active = 0;                 // the largest of the runs
  std::int64_t total = 0;                  // over the runs
  std::optional<double> conflict_rate;     // of the run that measures it
};

struct StudyTable {
  std::vector<std::string> tasks;  // in the order of their first appearance
  std::vector<StudyRow> rows;
  std::string text() const;
  nlohmann::ordered_json json() const;
};

StudyTable study_table(const std::vector<StudyLine>& lines, std::vector<std::string> tasks = {});

}  // namespace polyclinic
