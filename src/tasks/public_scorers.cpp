// Scores of the public tasks for files of anyone: JSON lines for pubmedqa, gad, hoc, biosses; BRAT folders for brat,
// ddi, chemprot. A line of JSON names its id ("id" or "pubid") and "labels", "final_decision", "score" or "label".
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/brat.h"
#include "tasks/label_score.h"
#include "tasks/official_text.h"
#include "tasks/span_score.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Example read_entry(const Json& entry, const Where& where) {
  Example out;
  for (const char* name : {"id", "pubid"}) {
    if (out.id.empty() && entry.contains(name)) out.id = text_of(entry[name]);
  }
  if (out.id.empty()) throw InputError("no id", where, "name the example");
  if (entry.contains("labels") && entry["labels"].is_array()) {
    for (const Json& label : entry["labels"]) out.labels.push_back(text_of(label));
  } else if (entry.contains("final_decision")) {
    out.labels = {text_of(entry["final_decision"])};
  }
  for (const char* name : {"score", "label"}) {
    if (!out.score && entry.contains(name)) out.score = python_float(text_of(entry[name]));
  }
  if (!out.score && out.labels.empty() && !entry.contains("labels")) {
    throw InputError("neither labels nor a score", where, "write \"labels\": [...] or \"score\": number");
  }
  return out;
}

Split read_lines(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  require_utf8(bytes, {path.string()});
  Split out;
  for (const Line& line : lines_of(bytes)) {
    if (strip(line.text).empty()) continue;
    const Json entry = Json::parse(line.text, nullptr, false);
    const Where where{path.string(), line.number};
    if (!entry.is_object()) throw InputError("not a JSON object", where, "write one {...} a line");
    out.examples.push_back(read_entry(entry, where));
  }
  return out;
}

template <ScoreReport (*score_splits)(const Split&, const Split&)>
ScoreReport score_lines(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions&) {
  return score_splits(read_lines(gold), read_lines(predicted));
}

ScoreReport score_gad(const Split& gold, const Split& predicted) { return score_label_f1(gold, predicted, {"1"}); }
ScoreReport score_hoc(const Split& gold, const Split& predicted) { return score_label_f1(gold, predicted, {}); }

ScoreReport score_brat(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                       const ScoreOptions& options) {
  for (const auto& folder : {gold, predicted}) {
    if (!std::filesystem::is_directory(folder))
      throw InputError("not a folder", {folder.string()}, "name a folder of .ann and .txt files");
  }
  Diagnostics strict;
  const std::string& primary = options.at("primary");
  return score_spans({"gold", read_brat_folder(gold, strict)}, {"predicted", read_brat_folder(predicted, strict)},
                     primary, primary);
}

Scorer brat(const char* name, const char* primary) {
  return {name,
          "exact entities and relations of BRAT folders, micro-averaged",
          "none: BRAT has no official scorer",
          {{"primary", primary, {"entity_f1", "relation_f1", "micro_f1"}, "the number that counts", ""}},
          score_brat};
}

}  // namespace

Scorer biosses_scorer() {
  return {"biosses", "Pearson and Spearman correlation", "scipy's definitions", {}, score_lines<score_pearson>};
}
Scorer brat_scorer() { return brat("brat", "micro_f1"); }
Scorer chemprot_scorer() { return brat("chemprot", "relation_f1"); }
Scorer ddi_scorer() { return brat("ddi", "relation_f1"); }
Scorer gad_scorer() {
  return {"gad", "F1 of the label \"1\"", "scikit-learn's definitions", {}, score_lines<score_gad>};
}
Scorer hoc_scorer() {
  return {"hoc", "micro F1 of all labels but \"none\"", "scikit-learn's definitions", {}, score_lines<score_hoc>};
}
Scorer pubmedqa_scorer() {
  return {"pubmedqa", "accuracy and macro F1", "scikit-learn's definitions", {}, score_lines<score_accuracy>};
}
Scorer semeval2021t6_scorer() { return brat("semeval2021t6", "micro_f1"); }

}  // namespace polyclinic
