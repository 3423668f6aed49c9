#pragma once
// Official scorers: what each prints, digit for digit, as one value. The list of scorers is scorers.cpp, one line each;
// docs/scorers.md tells what each official script does with odd input and what we do.
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace polyclinic {

// The additive counts behind the primary number, for one document (or question, or sentence). Paired tests resample
// documents and add them up. A scorer whose number is a mean fills `sum` and `items`.
struct DocumentCount {
  std::string id;
  double true_positive = 0;  // on the prediction's side when the two sides differ
  double predicted = 0;
  double gold = 0;
  double sum = 0;    // of the averaged quantity (overlap F1, average precision, weighted accuracy)
  double items = 0;  // what `sum` is divided by
};

struct ScoreReport {
  std::string text;             // the official script's own lines, every byte
  nlohmann::ordered_json json;  // the same numbers, unrounded
  std::string primary_name;     // e.g. "strict_f1"
  double primary = 0;           // in [0, 1]; larger is better
  std::vector<DocumentCount> documents;
};

// One option of a scorer, e.g. {"subtask", "A", {"A", "B"}, "which subtask"}.
struct ScoreOption {
  std::string name;
  std::string fallback;              // value when it is not given
  std::vector<std::string> choices;  // empty: any text
  std::string help;
  std::string flag = {};  // the official script's short form, e.g. "-m", or empty
};

using ScoreOptions = std::map<std::string, std::string>;

// One scorer. `gold` and `predicted` are files or folders, as the official script takes them. `options` holds a value
// for each declared option. Throws InputError where the official script would crash or refuse.
struct Scorer {
  std::string task;
  std::string summary;   // one line of help
  std::string official;  // the script whose output it repeats
  std::vector<ScoreOption> options;
  ScoreReport (*score)(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                       const ScoreOptions& options);
};

const std::vector<Scorer>& scorers();

// InputError naming the nearest task when there is none of this name.
const Scorer& find_scorer(std::string_view task);

// Fills in fallbacks, refuses unknown options and values, and scores.
ScoreReport score(std::string_view task, const std::filesystem::path& gold, const std::filesystem::path& predicted,
                  ScoreOptions options = {});

}  // namespace polyclinic
