#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/official_text.h"
#include "tasks/semeval2015t14.h"
#include "tasks/semeval2015t14_pairing.h"

namespace polyclinic {
namespace {

struct Counts {
  double true_positive = 0, false_positive = 0, false_negative = 0;

  double precision() const { return ratio(true_positive, true_positive + false_positive); }
  double recall() const { return ratio(true_positive, true_positive + false_negative); }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r > 0 ? 2 * p * r / (p + r) : 0;
  }
  void add(const DisorderPairs& pairs) {
    true_positive += pairs.true_positive();
    false_positive += pairs.false_positive;
    false_negative += pairs.false_negative;
  }
  static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }
};

nlohmann::ordered_json json_of(const Counts& counts) {
  return {{"precision", counts.precision()},
          {"recall", counts.recall()},
          {"f1", counts.f1()},
          {"true_positive", counts.true_positive},
          {"false_positive", counts.false_positive},
          {"false_negative", counts.false_negative}};
}

DocumentCount document_count(const std::string& id, const DisorderPairs& pairs) {
  const double both = pairs.true_positive();
  return {id, both, both + pairs.false_positive, both + pairs.false_negative, 0, 0};
}

const DocumentDisorders& disorders_of(const SlotTable& table, const std::string& document) {
  static const DocumentDisorders none;
  const auto found = table.find(document);
  return found == table.end() ? none : found->second;
}

std::string text_of(const char* name, const Counts& counts) {
  return printf_text("%s Score\nTP: %.0f, FP: %.0f, FN: %.0f\nP:\t %0.3f\nR:\t %0.3f\nF:\t %0.3f\n\n", name,
                     counts.true_positive, counts.false_positive, counts.false_negative, counts.precision(),
                     counts.recall(), counts.f1());
}

ScoreReport score_task_one(const SlotTable& gold, const SlotTable& predicted) {
  ScoreReport report;
  Counts strict, relaxed;
  for (const auto& [document, disorders] : gold) {
    const DocumentDisorders& answers = disorders_of(predicted, document);
    const DisorderPairs pairs = pair_disorders(disorders, answers, Pairing::strict);
    strict.add(pairs);
    relaxed.add(pair_disorders(disorders, answers, Pairing::relaxed));
    report.documents.push_back(document_count(document, pairs));
  }
  report.text = text_of("Strict", strict) + text_of("Relaxed ", relaxed);
  report.json = {{"subtask", "1"}, {"strict", json_of(strict)}, {"relaxed", json_of(relaxed)}};
  report.primary_name = "strict_f1";
  report.primary = strict.f1();
  return report;
}

// The nine scored slots: CUI, the seven of the columns, body location.
constexpr std::size_t kScored = kShareSlots + 2;
constexpr std::size_t kConcept = 0, kLocation = kScored - 1;

std::string official_name(std::size_t slot) {
  return slot == kConcept ? "CUI" : slot == kLocation ? "BodyLoc" : share_slots()[slot - 1].official;
}

// Weight of a gold value. The script's table misspells donor_other ("doner_other"), so that the real value weighs 0.
double value_weight(std::size_t slot, const std::string& value) {
  static const std::array<std::map<std::string, double>, kShareSlots> weights = {{
      {{"no", .21}, {"yes", .79}},
      {{"patient", .05}, {"family_member", .95}, {"other", .95}, {"doner_other", .95}},
      {{"no", .07}, {"yes", .93}},
      {{"unmarked", .05},
       {"increased", .95},
       {"improved", .95},
       {"worsened", .95},
       {"resolved", .95},
       {"decreased", .95},
       {"changed", .95}},
      {{"unmarked", .08}, {"moderate", .95}, {"severe", .95}, {"slight", .95}},
      {{"false", .06}, {"true", .94}},
      {{"false", .05}, {"true", .95}},
  }};
  const auto found = weights[slot].find(value);
  return found == weights[slot].end() ? 0 : found->second;
}

double weight(const SlotDisorder& gold, std::size_t slot) {
  if (slot == kConcept) return 1;
  if (slot != kLocation) return value_weight(slot - 1, gold.slots[slot - 1]);
  const bool located = std::any_of(gold.body_locations.begin(), gold.body_locations.end(),
                                   [](const std::string& value) { return value != "null"; });
  return located ? .49 : .51;
}

bool equal(const SlotDisorder& gold, const SlotDisorder& predicted, std::size_t slot) {
  if (slot == kConcept) return gold.concept_id == predicted.concept_id;
  if (slot != kLocation) return gold.slots[slot - 1] == predicted.slots[slot - 1];
  return std::any_of(gold.body_locations.begin(), gold.body_locations.end(),
                     [&](const std::string& value) { return predicted.body_locations.contains(value); });
}

struct SlotSums {
  double accuracy = 0, weighted = 0, pairs = 0;           // sums over pairs
  std::array<double, kScored> right = {}, possible = {};  // weights of one slot

  void add(const SlotDisorder& gold, const SlotDisorder& predicted) {
    double equals = 0, earned = 0, whole = 0;
    for (std::size_t slot = 0; slot < kScored; ++slot) {
      const double value = weight(gold, slot);
      whole += value;
      possible[slot] += value;
      if (!equal(gold, predicted, slot)) continue;
      equals += 1;
      earned += value;
      right[slot] += value;
    }
    accuracy += equals / static_cast<double>(kScored);
    weighted += earned / whole;
    pairs += 1;
  }
};

std::string slot_text(const Counts& counts, double accuracy, double weighted, const SlotSums& sums) {
  std::string text =
      printf_text("TP: %.0f FP: %.0f FN: %.0f\nP:\t %0.3f \nR:\t %0.3f \nF:\t %0.3f\n\n", counts.true_positive,
                  counts.false_positive, counts.false_negative, counts.precision(), counts.recall(), counts.f1());
  text += printf_text("Accuracy:\t %0.3f \tF*Accuracy:\t %0.3f \n", accuracy, counts.f1() * accuracy);
  text += printf_text("Wt_Accuracy:\t %0.3f \tF*Wt_Accuracy:\t %0.3f\n", weighted, counts.f1() * weighted);
  text += "\nSlot Weighted Accuracy:\n";
  for (std::size_t slot = 0; slot < kScored; ++slot) {
    if (sums.possible[slot] == 0) continue;
    text += printf_text("%-11s\t%0.3f \n", (official_name(slot) + ":").c_str(), sums.right[slot] / sums.possible[slot]);
  }
  return text;
}

ScoreReport score_task_two(const SlotTable& gold, const SlotTable& predicted, const std::string& subtask) {
  ScoreReport report;
  Counts counts;
  SlotSums sums;
  for (const auto& [document, disorders] : gold) {
    const DisorderPairs pairs = pair_disorders(disorders, disorders_of(predicted, document), Pairing::relaxed_spans);
    counts.add(pairs);
    report.documents.push_back(document_count(document, pairs));
    const double before = sums.weighted;
    for (const auto& [truth, answer] : pairs.pairs) sums.add(*truth, *answer);
    report.documents.back().sum = sums.weighted - before;
    report.documents.back().items = pairs.true_positive();
  }
  const double accuracy = Counts::ratio(sums.accuracy, sums.pairs);
  const double weighted = Counts::ratio(sums.weighted, sums.pairs);
  report.text = slot_text(counts, accuracy, weighted, sums);
  report.json = {{"subtask", subtask},
                 {"spans", json_of(counts)},
                 {"accuracy", accuracy},
                 {"f_accuracy", counts.f1() * accuracy},
                 {"weighted_accuracy", weighted},
                 {"f_weighted_accuracy", counts.f1() * weighted}};
  for (std::size_t slot = 0; slot < kScored; ++slot) {
    if (sums.possible[slot] == 0) continue;
    report.json["slots"][official_name(slot)] = sums.right[slot] / sums.possible[slot];
  }
  report.primary_name = subtask == "2a" ? "weighted_accuracy" : "f_weighted_accuracy";
  report.primary = subtask == "2a" ? weighted : counts.f1() * weighted;
  return report;
}

// The task 2 script takes what stands before the first '^' of "document^spans" for the document.
void refuse_caret(const SlotTable& table, const std::filesystem::path& path) {
  for (const auto& [document, ignored] : table) {
    if (document.find('^') == std::string::npos) continue;
    throw InputError(concat("the document name '", document, "' holds a '^'"), {path.string()},
                     "rename it: the official script loses the slots of such documents");
  }
}

ScoreReport score_paths(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions& options) {
  const std::string& subtask = options.at("subtask");
  const SlotTable truth = load_semeval2015t14(gold, subtask != "1");
  const SlotTable answer = load_semeval2015t14(predicted, subtask != "1");
  if (subtask != "1") {
    refuse_caret(truth, gold);
    refuse_caret(answer, predicted);
  }
  return score_semeval2015t14(truth, answer, subtask);
}

}  // namespace

ScoreReport score_semeval2015t14(const SlotTable& gold, const SlotTable& predicted, const std::string& subtask) {
  return subtask == "1" ? score_task_one(gold, predicted) : score_task_two(gold, predicted, subtask);
}

Scorer semeval2015t14_scorer() {
  return {"semeval2015t14",
          "disorders with CUIs (1) and their slots (2a, 2b)",
          "SemEval-2015 Task 14, task-1-eval.pl and task-2-eval.pl",
          {{"subtask", "1", {"1", "2a", "2b"}, "1: spans and CUIs; 2a, 2b: slots", "-t"}},
          score_paths};
}

}  // namespace polyclinic
