// `polyclinic score measeval`: the folders that measeval-eval.py takes with -s and -g.
#include <algorithm>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/measeval_scorer.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> tables_in(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError("not a folder", {folder.string()}, "name the folder of .tsv files");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".tsv") files.push_back(entry.path());
  }
  if (files.empty()) throw InputError("no .tsv file here", {folder.string()}, "name the folder of .tsv files");
  std::sort(files.begin(), files.end());
  return files;
}

void append(std::vector<MeasEvalRow>& all, std::vector<MeasEvalRow> rows) {
  all.insert(all.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
}

ScoreReport score_folders(const fs::path& gold, const fs::path& predicted, const ScoreOptions& options) {
  MeasEvalTables tables;
  tables.mode = options.at("mode");
  if (!options.at("categories").empty()) tables.categories = read_file(options.at("categories"));
  std::set<std::string> skipped, names;
  if (!options.at("skip").empty()) {
    const std::string list = read_file(options.at("skip"));
    for (const Line& line : lines_of(list)) skipped.insert(std::string(line.text));
  }
  Diagnostics strict;
  for (const fs::path& path : tables_in(predicted)) {
    if (skipped.contains(path.filename().string())) continue;
    std::vector<MeasEvalRow> rows = read_measeval_rows(read_file(path), path.string(), strict);
    check_measeval_rows(rows, strict);
    append(tables.predicted, std::move(rows));
    names.insert(path.filename().string());
    ++tables.predicted_files;
  }
  for (const fs::path& path : tables_in(gold)) {
    if (options.at("limit") == "true" && !names.contains(path.filename().string())) continue;
    append(tables.gold, read_measeval_rows(read_file(path), path.string(), strict));
    ++tables.gold_files;
  }
  return score_measeval(tables);
}

}  // namespace

Scorer measeval_scorer() {
  return {
      "measeval",
      "SemEval-2021 Task 8, quantities and what they measure: mean overlap F1 over all rows",
      "MeasEval, eval/measeval-eval.py",
      {{"mode", "overall", {"overall", "class", "doc", "both", "classdoc", "sub", "subject"}, "what is averaged", "-m"},
       {"limit", "false", {"true", "false"}, "only gold files that the submission has too", "-l"},
       {"skip", "", {}, "file with names of predicted files to leave out, one a line", ""},
       {"categories", "", {}, "a fileCategories.txt for the subjects of mode sub", ""}},
      score_folders};
}

}  // namespace polyclinic
