#include <algorithm>
#include <vector>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/perl_text.h"
#include "tasks/semeval2014t7.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

using Mentions = std::unordered_map<std::string, std::string>;

struct Counts {
  double true_positive = 0, false_positive = 0, false_negative = 0;

  double precision() const { return true_positive > 0 ? true_positive / (true_positive + false_positive) : 0; }
  double recall() const { return true_positive > 0 ? true_positive / (true_positive + false_negative) : 0; }
  double f1() const { return true_positive > 0 ? 2 * precision() * recall() / (precision() + recall()) : 0; }
  double accuracy() const {
    return true_positive > 0 ? true_positive / (true_positive + false_positive + false_negative) : 0;
  }
  void add(const Counts& other) {
    true_positive += other.true_positive;
    false_positive += other.false_positive;
    false_negative += other.false_negative;
  }
};

struct Fragment {
  long double begin = 0, end = 0;
};

// A key's fragments as the script sees them: pairs of numbers between hyphens, a missing one counting as 0.
std::vector<Fragment> fragments_of(const std::string& key) {
  std::vector<std::string_view> numbers;
  numbers.reserve(4);
  perl_split(key, "-", numbers);
  std::vector<Fragment> out;
  out.reserve(numbers.size() / 2 + 1);
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    out.push_back({perl_number(numbers[i]), i + 1 < numbers.size() ? perl_number(numbers[i + 1]) : 0});
  }
  return out;
}

using Spans = std::vector<std::vector<Fragment>>;

Spans spans_of(const Mentions& mentions) {
  Spans out;
  out.reserve(mentions.size());
  for (const auto& [key, concept_id] : mentions) out.push_back(fragments_of(key));
  return out;
}

bool overlaps(const std::vector<Fragment>& one, const std::vector<Fragment>& other) {
  for (const Fragment& a : one) {
    for (const Fragment& b : other) {
      if (!(b.begin >= a.end || a.begin >= b.end)) return true;
    }
  }
  return false;
}

bool hit(const std::vector<Fragment>& span, const Spans& targets) {
  return std::any_of(targets.begin(), targets.end(), [&](const auto& target) { return overlaps(span, target); });
}

Counts strict_spans(const Mentions& gold, const Mentions& predicted) {
  Counts counts;
  for (const auto& [key, concept_id] : predicted) {
    (gold.contains(key) ? counts.true_positive : counts.false_positive) += 1;
  }
  counts.false_negative = static_cast<double>(gold.size()) - counts.true_positive;
  return counts;
}

Counts relaxed_spans(const Mentions& gold, const Mentions& predicted) {
  const Spans gold_spans = spans_of(gold), predicted_spans = spans_of(predicted);
  Counts counts;
  for (const auto& span : predicted_spans) {
    (hit(span, gold_spans) ? counts.true_positive : counts.false_positive) += 1;
  }
  for (const auto& span : gold_spans) {
    if (!hit(span, predicted_spans)) counts.false_negative += 1;
  }
  return counts;
}

// strict: every other gold mention is a miss. relaxed: only mentions whose span was predicted are asked for their CUI.
Counts concepts(const Mentions& gold, const Mentions& predicted, bool strict) {
  Counts counts;
  for (const auto& [key, concept_id] : predicted) {
    const auto found = gold.find(key);
    if (found == gold.end()) continue;
    if (found->second == concept_id) {
      counts.true_positive += 1;
    } else if (!strict) {
      counts.false_positive += 1;
    }
  }
  if (strict) counts.false_negative = static_cast<double>(gold.size()) - counts.true_positive;
  return counts;
}

Counts count(const std::string& subtask, bool strict, const Mentions& gold, const Mentions& predicted) {
  if (subtask == "B") return concepts(gold, predicted, strict);
  return strict ? strict_spans(gold, predicted) : relaxed_spans(gold, predicted);
}

std::string text_of(const std::string& subtask, bool strict, const Counts& counts) {
  std::string text = concat("\n* Task ", subtask, strict ? " Strict:\n" : " Relaxed:\n");
  if (subtask == "B") return text + printf_text("Accuracy: \t%0.3f\n", counts.accuracy());
  return text + printf_text("Precision: \t%0.3f\nRecall: \t%0.3f\nF-score: \t%0.3f\n", counts.precision(),
                            counts.recall(), counts.f1());
}

nlohmann::ordered_json json_of(const std::string& subtask, const Counts& counts) {
  nlohmann::ordered_json out;
  if (subtask == "B") {
    out["accuracy"] = counts.accuracy();
  } else {
    out = {{"precision", counts.precision()}, {"recall", counts.recall()}, {"f1", counts.f1()}};
  }
  out["true_positive"] = counts.true_positive;
  out["false_positive"] = counts.false_positive;
  out["false_negative"] = counts.false_negative;
  return out;
}

DocumentCount document_count(const std::string& id, const std::string& subtask, const Counts& counts) {
  DocumentCount out{id};
  out.true_positive = counts.true_positive;
  out.predicted = counts.true_positive + counts.false_positive;
  out.gold = counts.true_positive + counts.false_negative;
  if (subtask == "B") {
    out.sum = counts.true_positive;
    out.items = out.gold;
  }
  return out;
}

void load_file(const fs::path& path, bool strip_carriage_return, DisorderTable& table) {
  const std::string bytes = read_file(path);
  int number = 0;
  std::vector<std::string_view> fields;
  std::string key;
  auto document = table.end();  // of the last line: most lines are of one document
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string_view line(bytes.data() + at, end - at);
    at = end + 1;
    ++number;
    if (strip_carriage_return && line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    perl_split(line, "||", fields);
    if (fields.size() < 5 || fields.size() % 2 == 0) {
      throw InputError(concat("a line has ", fields.size(), " fields"), {path.string(), number},
                       "write DocName||Disease_Disorder||CUI||start||end[||start||end]");
    }
    long double last = perl_number(fields[3]);
    for (std::size_t i = 4; i < fields.size(); ++i) {
      const long double offset = perl_number(fields[i]);
      if (offset < last) {
        throw InputError(concat("offset ", fields[i], " stands after ", fields[i - 1]), {path.string(), number},
                         "write the offsets of a line in increasing order");
      }
      last = offset;
    }
    key = fields[3];
    for (std::size_t i = 4; i < fields.size(); ++i) key.append("-").append(fields[i]);
    if (document == table.end() || document->first != fields[0])
      document = table.try_emplace(std::string(fields[0])).first;
    document->second[key] = ascii_lower(fields[2]);
  }
}

bool is_scored(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.size() >= 2 && name.front() != '.' && name.back() != '~' && !fs::is_directory(path);
}

ScoreReport score_paths(const fs::path& gold, const fs::path& predicted, const ScoreOptions& options) {
  const bool strip_carriage_return = options.at("carriage_return") == "strip";
  const DisorderTable predicted_table = load_semeval2014t7(predicted, strip_carriage_return);
  return score_semeval2014t7(load_semeval2014t7(gold, strip_carriage_return), predicted_table, options.at("subtask"));
}

}  // namespace

DisorderTable load_semeval2014t7(const fs::path& path, bool strip_carriage_return) {
  DisorderTable table;
  if (!fs::exists(path)) {
    throw InputError("no such folder", {path.string()}, "give the folder that holds the pipe files");
  }
  std::vector<fs::path> files;
  if (!fs::is_directory(path)) {
    files.push_back(path);
  } else {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (is_scored(entry.path())) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  }
  for (const fs::path& file : files) load_file(file, strip_carriage_return, table);
  return table;
}

ScoreReport score_semeval2014t7(const DisorderTable& gold, const DisorderTable& predicted, const std::string& subtask) {
  static const Mentions none;
  const auto mentions = [](const DisorderTable& table, const std::string& document) -> const Mentions& {
    const auto found = table.find(document);
    return found == table.end() ? none : found->second;
  };
  std::map<std::string, Counts> strict_by_document;
  for (const DisorderTable* table : {&gold, &predicted}) {
    for (const auto& [document, ignored] : *table) strict_by_document[document];
  }
  ScoreReport report;
  Counts strict, relaxed;
  for (auto& [document, counts] : strict_by_document) {
    const Mentions &truth = mentions(gold, document), &answer = mentions(predicted, document);
    counts = count(subtask, true, truth, answer);
    strict.add(counts);
    relaxed.add(count(subtask, false, truth, answer));
    report.documents.push_back(document_count(document, subtask, counts));
  }
  report.text = text_of(subtask, true, strict) + text_of(subtask, false, relaxed);
  report.json = {{"subtask", subtask}, {"strict", json_of(subtask, strict)}, {"relaxed", json_of(subtask, relaxed)}};
  report.primary_name = subtask == "B" ? "strict_accuracy" : "strict_f1";
  report.primary = subtask == "B" ? strict.accuracy() : strict.f1();
  return report;
}

Scorer semeval2014t7_scorer() {
  return {
      "semeval2014t7",
      "disorder mentions (A) and their CUIs (B), strict and relaxed",
      "SemEval-2014 Task 7, eval.pl",
      {{"subtask", "A", {"A", "B"}, "A: spans; B: CUIs", "-t"},
       {"carriage_return",
        "keep",
        {"keep", "strip"},
        "CR of a CR LF line end: keep as the official script does (then strict is 0 when one side has it), or strip",
        ""}},
      score_paths};
}

}  // namespace polyclinic
