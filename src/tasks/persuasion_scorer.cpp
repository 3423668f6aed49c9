// Subtasks 1 and 3: scorer/task1_3.py of the task's repository. Subtask 2: task-2-semeval21_scorer.py of the
// organisers' propaganda scorers. Both print through a logger; time and level before a message are not printed here.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/numpy_sum.h"
#include "tasks/official_text.h"
#include "tasks/persuasion.h"
#include "tasks/python3_text.h"

namespace polyclinic {
namespace {

// 1 and "1" are two ids.
std::string key_of(const PersuasionItem& item) { return concat(item.text_id ? '"' : '#', item.id); }

// Items by id in the order of the first with that id; the last with that id is kept, as a Python dict does.
std::vector<const PersuasionItem*> by_id(const std::vector<PersuasionItem>& items,
                                         std::unordered_map<std::string, std::size_t>& place) {
  std::vector<const PersuasionItem*> out;
  for (const PersuasionItem& item : items) {
    const auto [at, fresh] = place.emplace(key_of(item), out.size());
    if (fresh) out.push_back(&item);
    out[at->second] = &item;
  }
  return out;
}

struct Paired {
  std::vector<const PersuasionItem*> gold, pred;  // the same ids, in gold order and in prediction order
  std::unordered_map<std::string, std::size_t> gold_place, pred_place;
};

Paired pair_items(const std::vector<PersuasionItem>& gold, const std::vector<PersuasionItem>& pred,
                  const std::string& file) {
  Paired out;
  out.gold = by_id(gold, out.gold_place);
  out.pred = by_id(pred, out.pred_place);
  for (const PersuasionItem* item : out.pred) {
    if (!out.gold_place.contains(key_of(*item))) {
      throw InputError(concat("the example '", item->id, "' is not in the gold file"), {file, item->line}, "remove it");
    }
  }
  for (const PersuasionItem* item : out.gold) {
    if (!out.pred_place.contains(key_of(*item))) {
      throw InputError(concat("the example '", item->id, "' of the gold file is missing"), {file},
                       "predict each example, with an empty list of labels where there is none");
    }
  }
  return out;
}

struct Counts {
  double tp = 0, fp = 0, fn = 0;
  double f1() const { return tp + fp + fn == 0 ? 1.0 : 2 * tp / (2 * tp + fp + fn); }
};

void check_labels(const std::vector<PersuasionItem>& items, const std::vector<std::string>& techniques,
                  const std::string& file) {
  for (const PersuasionItem& item : items) {
    std::vector<std::string> names = item.labels;
    for (const PersuasionSpan& span : item.spans) names.push_back(span.technique);
    for (const std::string& name : names) {
      if (std::find(techniques.begin(), techniques.end(), name) != techniques.end()) continue;
      throw InputError(concat("unknown technique '", name, "'"), {file, item.line},
                       "use the names of the task's list of techniques");
    }
  }
}

// Precision, recall and F1 of sums; `exact_zero`: the script's F1 stayed the integer 0.
struct Rates {
  double precision = 0, recall = 0, f1 = 0;
  bool exact_zero = true;
};

Rates rates(double precision_sum, std::size_t predicted, double recall_sum, std::size_t gold) {
  Rates out;
  if (predicted > 0) out.precision = precision_sum / static_cast<double>(predicted);
  if (gold > 0) out.recall = recall_sum / static_cast<double>(gold);
  if (predicted == 0 && gold == 0) out.f1 = 1.0;
  if (out.precision > 0 && out.recall > 0) {
    out.f1 = 2 * (out.precision * out.recall / (out.precision + out.recall));
  }
  out.exact_zero = out.f1 == 0;
  return out;
}

std::string f1_text(const Rates& r) { return r.exact_zero ? "0" : python_repr(r.f1); }

std::vector<const PersuasionSpan*> sorted_spans(const PersuasionItem& item) {
  std::vector<const PersuasionSpan*> out;
  for (const PersuasionSpan& span : item.spans) out.push_back(&span);
  std::stable_sort(out.begin(), out.end(),
                   [](const PersuasionSpan* a, const PersuasionSpan* b) { return a->begin < b->begin; });
  return out;
}

struct SpanSums {
  double precision = 0, recall = 0;
  std::size_t predicted = 0, gold = 0;
  std::map<std::string, double> by_technique;
  std::map<std::string, std::size_t> predicted_count, gold_count;
};

void add_item(SpanSums& sums, const PersuasionItem& pred, const PersuasionItem& gold, DocumentCount& document) {
  const std::vector<const PersuasionSpan*> truth = sorted_spans(gold);
  for (const PersuasionSpan* g : truth) ++sums.gold_count[g->technique];
  for (const PersuasionSpan* p : sorted_spans(pred)) {
    ++sums.predicted_count[p->technique];
    for (const PersuasionSpan* g : truth) {
      if (g->technique != p->technique) continue;
      const double common = static_cast<double>(std::max(0LL, std::min(p->end, g->end) - std::max(p->begin, g->begin)));
      const double share = common / static_cast<double>(p->end - p->begin);
      const double found = common / static_cast<double>(g->end - g->begin);
      sums.precision += share;
      sums.recall += found;
      sums.by_technique[p->technique] += share;
      document.true_positive += share;
      document.sum += found;
    }
  }
  sums.predicted += pred.spans.size();
  sums.gold += gold.spans.size();
  document.predicted = static_cast<double>(pred.spans.size());
  document.gold = document.items = static_cast<double>(gold.spans.size());
}

// The scorer of subtask 2 strips a line's end and keeps one of blanks; the other one strips both ends and drops those.
std::vector<std::string> technique_list(const ScoreOptions& options, bool spans) {
  if (options.at("techniques").empty()) return persuasion_techniques(options.at("subtask"));
  std::vector<std::string> names;
  const std::string text = read_file(options.at("techniques"));
  for (const std::string_view line : python3_lines(text)) {
    const std::string_view stripped = python3_strip(line);
    if (!spans && !stripped.empty()) names.emplace_back(stripped);
    if (spans && !line.empty()) names.emplace_back(line.data(), stripped.data() + stripped.size());
  }
  return names;
}

// The scorer of subtask 2 joins ids and texts.
void refuse_number_ids(const std::vector<PersuasionItem>& items, const std::string& file) {
  for (const PersuasionItem& item : items) {
    if (item.text_id || item.spans.empty()) continue;
    throw InputError(concat("the id ", item.id, " is a number"), {file, item.line}, "write it in quotation marks");
  }
}

ScoreReport score_files(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions& options) {
  const bool spans = options.at("subtask") == "2";
  Diagnostics strict;
  const auto g = read_persuasion(read_file(gold), gold.string(), spans, strict);
  const auto p = read_persuasion(read_file(predicted), predicted.string(), spans, strict);
  const std::vector<std::string> techniques = technique_list(options, spans);
  if (!spans && g.empty()) {
    throw InputError("there is no example to score", {gold.string()}, "name the gold file of the task");
  }
  if (!spans) return score_persuasion_labels(g, p, techniques, predicted.string());
  check_labels(g, techniques, gold.string());
  refuse_number_ids(g, gold.string());
  refuse_number_ids(p, predicted.string());
  return score_persuasion_spans(g, p, techniques, predicted.string(), options.at("output_for_script") == "true");
}

}  // namespace

ScoreReport score_persuasion_labels(const std::vector<PersuasionItem>& gold, const std::vector<PersuasionItem>& pred,
                                    const std::vector<std::string>& listed, const std::string& pred_file) {
  std::vector<std::string> techniques = listed;  // scikit-learn's classes: sorted, each once
  std::sort(techniques.begin(), techniques.end());
  techniques.erase(std::unique(techniques.begin(), techniques.end()), techniques.end());
  check_labels(pred, techniques, pred_file);
  const Paired paired = pair_items(gold, pred, pred_file);
  std::vector<Counts> classes(techniques.size());
  Counts all;
  ScoreReport out;
  for (const PersuasionItem* g : paired.gold) {
    const PersuasionItem& p = *paired.pred[paired.pred_place.at(key_of(*g))];
    const std::set<std::string> truth(g->labels.begin(), g->labels.end()), guess(p.labels.begin(), p.labels.end());
    DocumentCount document{g->id};
    for (std::size_t c = 0; c < techniques.size(); ++c) {
      const bool in_truth = truth.contains(techniques[c]), in_guess = guess.contains(techniques[c]);
      classes[c].tp += in_truth && in_guess ? 1 : 0;
      classes[c].fp += !in_truth && in_guess ? 1 : 0;
      classes[c].fn += in_truth && !in_guess ? 1 : 0;
      document.true_positive += in_truth && in_guess ? 1 : 0;
      document.predicted += in_guess ? 1 : 0;
      document.gold += in_truth ? 1 : 0;
    }
    out.documents.push_back(document);
  }
  std::vector<double> f1;
  nlohmann::ordered_json per_class;
  for (std::size_t c = 0; c < techniques.size(); ++c) {
    f1.push_back(classes[c].f1());
    per_class[techniques[c]] = f1.back();
    all = {all.tp + classes[c].tp, all.fp + classes[c].fp, all.fn + classes[c].fn};
  }
  out.primary_name = "micro_f1";
  out.primary = all.f1();
  out.text = printf_text("macro-F1=%.5f\tmicro-F1=%.5f\n", numpy_mean(f1), all.f1());
  out.json = {{"macro_f1", numpy_mean(f1)}, {"micro_f1", all.f1()}, {"f1", per_class}};
  return out;
}

ScoreReport score_persuasion_spans(const std::vector<PersuasionItem>& gold, const std::vector<PersuasionItem>& pred,
                                   const std::vector<std::string>& techniques, const std::string& pred_file,
                                   bool for_script) {
  check_labels(pred, techniques, pred_file);
  const Paired paired = pair_items(gold, pred, pred_file);
  SpanSums sums;
  ScoreReport out;
  for (const PersuasionItem* p : paired.pred) {
    out.documents.push_back({p->id});
    add_item(sums, *p, *paired.gold[paired.gold_place.at(key_of(*p))], out.documents.back());
  }
  const Rates all = rates(sums.precision, sums.predicted, sums.recall, sums.gold);
  out.text = printf_text("Precision=%f/%zu=%f\tRecall=%f/%zu=%f\nF1=%f\n", sums.precision, sums.predicted,
                         all.precision, sums.recall, sums.gold, all.recall, all.f1);
  std::string list, columns;
  nlohmann::ordered_json per_class;
  std::set<std::string> seen;
  std::size_t scored = 0;
  for (const std::string& technique : techniques) {
    if (!seen.insert(technique).second) continue;
    const double sum = sums.by_technique[technique];
    const Rates one = rates(sum, sums.predicted_count[technique], sum, sums.gold_count[technique]);
    out.text += printf_text("%s: P=%f R=%f F1=%f\n", technique.c_str(), one.precision, one.recall, one.f1);
    // The script has each technique's score once and writes it behind the names as they are listed.
    list += concat("F1_", techniques[scored++], "=", f1_text(one), "\n");
    columns += concat(columns.empty() ? "" : "\t", f1_text(one));
    per_class[technique] = {{"precision", one.precision}, {"recall", one.recall}, {"f1", one.f1}};
  }
  out.text += printf_text("Scoring submission\nF1=%f\nPrecision=%f\nRecall=%f\n", all.f1, all.precision, all.recall) +
              list + "\n";
  if (for_script) out.text = printf_text("%f\t%f\t%f\t", all.f1, all.precision, all.recall) + columns + "\n";
  out.primary_name = "f1";
  out.primary = all.f1;
  out.json = {{"f1", all.f1}, {"precision", all.precision}, {"recall", all.recall}, {"techniques", per_class}};
  return out;
}

Scorer semeval2021t6_persuasion_scorer() {
  return {"semeval2021t6_persuasion",
          "the real SemEval-2021 Task 6: micro F1 of techniques (1, 3) or partial-span F1 (2)",
          "scorer/task1_3.py and task-2-semeval21_scorer.py",
          {{"subtask", "1", {"1", "2", "3"}, "1: text, 2: spans, 3: meme", ""},
           {"techniques", "", {}, "file with one technique a line, instead of the task's list", "-c"},
           {"output_for_script", "false", {"true", "false"}, "subtask 2: one line of columns", "-o"}},
          score_files};
}

}  // namespace polyclinic
