#pragma once
// SemEval-2016/2017 Task 3: the XML files of subtasks A to D, .relevancy and prediction files, the official score.
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// One file, candidates in the order of its .relevancy file (D: by number within a question). Each candidate is an
// Example: group = question id, id = candidate id, text = question, second_text = candidate, labels = {"true"} or
// {"false"} (empty where the file says "?"), properties "rank" and "relevance". For A, threads that the file marks as
// repetitions are left out. InputError for a subtask other than A, B, C, D.
std::vector<Example> read_semeval2017t3(std::string_view bytes, const std::string& file, const std::string& subtask,
                                        Diagnostics& diagnostics);

// The files of a split in a folder, by name: "train", "dev" or "test" in it; Arabic files have "MD"; "X-subtaskA.xml"
// stands for X.xml in subtask A; "-with-multiline" variants are left aside.
std::vector<std::filesystem::path> semeval2017t3_files(const std::filesystem::path& folder, const std::string& split,
                                                       const std::string& subtask);

// Lines of gold (score = 1 / rank, 15 digits) and of predictions (Example::score, label of Example::labels).
std::string format_relevancy(const std::vector<Example>& examples);
std::string format_ranking(const std::vector<Example>& examples);

// The official score of two texts; the names are for messages.
struct RankingFiles {
  std::string gold, gold_name, predicted, predicted_name;
};
ScoreReport score_ranking(const RankingFiles& files, const ScoreOptions& options);
// Options of the official script with their defaults.
ScoreOptions default_ranking_options();

}  // namespace polyclinic
