// measeval-eval.py: everything becomes rows (Match, Sub only, Gold only), and the score is the mean over rows.
#include "tasks/measeval_scorer.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/code_points.h"
#include "tasks/measeval_subjects.h"
#include "tasks/numpy_sum.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

constexpr std::array<const char*, 9> kTypes = {"Quantity", "MeasuredEntity", "MeasuredProperty", "Qualifier", "Unit",
                                               "modifier", "HasQuantity",    "HasProperty",      "Qualifies"};

enum class Outcome { match, predicted_only, gold_only };

struct ResultRow {
  const std::string* document;
  std::string_view type;
  Outcome outcome;
  double exact = 0, overlap = 0;
};

using Aligned = std::optional<long long>;  // gold set of a predicted set

struct Pair {
  const MeasEvalRow* predicted;
  const MeasEvalRow* gold;
  double exact = 0, overlap = 0;
};

// (document, set, id) as one string; '\x1f' is in none of them.
std::string key(const std::string& document, long long set, std::string_view id) {
  return concat(document, '\x1f', set, '\x1f', id);
}
std::string key(const std::string& document, long long set) { return concat(document, '\x1f', set); }

bool touches(const MeasEvalRow& a, const MeasEvalRow& b) {
  const auto inside = [](long long x, const MeasEvalRow& r) { return x >= r.begin && x <= r.end; };
  return inside(a.begin, b) || inside(a.end, b) || inside(b.begin, a) || inside(b.end, a);
}

std::size_t count_tokens(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

void require_text(const MeasEvalRow& row) {
  if (!is_missing_value(row.text)) return;
  throw InputError(concat("the text '", row.text, "' is a missing value to the official script, which stops at it"),
                   {row.file, row.line}, "widen the span");
}

double token_f1(const MeasEvalRow& predicted, const MeasEvalRow& gold) {
  require_text(predicted);
  require_text(gold);
  const long long begin = std::max(predicted.begin, gold.begin), end = std::min(predicted.end, gold.end);
  const std::size_t from = static_cast<std::size_t>(std::max(0LL, begin - predicted.begin));
  const std::size_t length = static_cast<std::size_t>(std::max(0LL, end - begin));
  const double common = static_cast<double>(count_tokens(CodePoints(predicted.text).slice(from, from + length)));
  const double precision = 1.0 * common / static_cast<double>(count_tokens(predicted.text));
  const double recall = 1.0 * common / static_cast<double>(count_tokens(gold.text));
  return (2 * precision * recall) / (precision + recall);
}

// One unit or modifier of a quantity.
struct Item {
  const MeasEvalRow* row;
  std::optional<std::string> value;
};

struct Link {
  const MeasEvalRow* row;
  MeasEvalLink link;
};

class Scoring {
 public:
  explicit Scoring(const MeasEvalTables& tables) : tables_(tables) {
    for (const MeasEvalRow& row : tables.gold) gold_by_document_[row.document].push_back(&row);
  }

  std::vector<ResultRow> rows() {
    const std::vector<Pair> quantities = pair_spans("Quantity", false);
    for (const Pair& pair : quantities) alignment_[key(pair.predicted->document, pair.predicted->set)] = pair.gold->set;
    add_spans("Quantity", quantities);
    add_items("Unit", units(tables_.predicted), units(tables_.gold), false);
    const std::vector<Pair> entities = pair_spans("MeasuredEntity", true);
    add_spans("MeasuredEntity", entities);
    const std::vector<Pair> properties = pair_spans("MeasuredProperty", true);
    add_spans("MeasuredProperty", properties);
    const std::vector<Pair> qualifiers = pair_spans("Qualifier", true);
    add_spans("Qualifier", qualifiers);
    add_links("HasQuantity", {&entities, &properties}, {&quantities});
    add_links("HasProperty", {&entities}, {&properties});
    add_links("Qualifies", {&qualifiers}, {&entities, &properties, &quantities});
    add_items("modifier", modifiers(tables_.predicted), modifiers(tables_.gold), true);
    return std::move(rows_);
  }

 private:
  Aligned aligned(const MeasEvalRow& predicted) const {
    const auto found = alignment_.find(key(predicted.document, predicted.set));
    return found == alignment_.end() ? Aligned() : Aligned(found->second);
  }

  void add(const MeasEvalRow& row, std::string_view type, Outcome outcome, double exact = 0, double overlap = 0) {
    rows_.push_back({&row.document, type, outcome, exact, overlap});
  }

  // Every touching pair, predicted rows outside, gold rows inside; overlap is the best of the predicted id.
  std::vector<Pair> pair_spans(const std::string& type, bool by_alignment) const {
    std::vector<Pair> pairs;
    std::unordered_map<std::string, double> best;
    const auto id_of = [](const MeasEvalRow& row) { return concat(row.document, '\x1f', row.id); };
    for (const MeasEvalRow& p : tables_.predicted) {
      const auto document = gold_by_document_.find(p.document);
      if (p.type != type || document == gold_by_document_.end()) continue;
      const Aligned set = by_alignment ? aligned(p) : Aligned();
      for (const MeasEvalRow* g : document->second) {
        if (g->type != type || !touches(p, *g) || (by_alignment && set != Aligned(g->set))) continue;
        const double overlap = token_f1(p, *g);
        pairs.push_back({&p, g, p.begin == g->begin && p.end == g->end ? 1.0 : 0.0, overlap});
        double& top = best[id_of(p)];
        top = std::max(top, overlap);
      }
    }
    for (Pair& pair : pairs) pair.overlap = best[id_of(*pair.predicted)];
    return pairs;
  }

  void add_spans(std::string_view type, const std::vector<Pair>& pairs) {
    std::set<std::string> predicted, gold;
    for (const Pair& pair : pairs) {
      add(*pair.predicted, type, Outcome::match, pair.exact, pair.overlap);
      predicted.insert(key(pair.predicted->document, pair.predicted->set, pair.predicted->id));
      gold.insert(key(pair.gold->document, pair.gold->set, pair.gold->id));
    }
    for (const MeasEvalRow& row : tables_.predicted) {
      if (row.type == type && !predicted.contains(key(row.document, row.set, row.id))) {
        add(row, type, Outcome::predicted_only);
      }
    }
    for (const MeasEvalRow& row : tables_.gold) {
      if (row.type == type && !gold.contains(key(row.document, row.set, row.id))) add(row, type, Outcome::gold_only);
    }
  }

  static std::vector<Item> units(const std::vector<MeasEvalRow>& rows) {
    std::vector<Item> out;
    for (const MeasEvalRow& row : rows) {
      if (const auto unit = measeval_unit(row)) out.push_back({&row, unit});
    }
    return out;
  }

  static std::vector<Item> modifiers(const std::vector<MeasEvalRow>& rows) {
    std::vector<Item> out;
    for (const MeasEvalRow& row : rows) {
      for (auto& modifier : measeval_modifiers(row)) out.push_back({&row, std::move(modifier)});
    }
    return out;
  }

  // Units and modifiers match by value within the aligned set. A unit counts as missed or made up only when nothing
  // matched in its set (`by_value` false), a modifier when its own name did not (`by_value` true).
  void add_items(std::string_view type, const std::vector<Item>& predicted, const std::vector<Item>& gold,
                 bool by_value) {
    std::set<std::string> matched;
    std::unordered_map<std::string, std::size_t> gold_count;
    const auto value_key = [](const std::string& document, long long set, const std::string& value) {
      return key(document, set, value);
    };
    for (const Item& g : gold) {
      if (g.value) ++gold_count[value_key(g.row->document, g.row->set, *g.value)];
    }
    const auto outcome_key = [&](const std::string& document, long long set, const Item& item) {
      return by_value ? key(document, set, item.value.value_or("\x1e")) : key(document, set);
    };
    for (const Item& p : predicted) {
      const Aligned set = aligned(*p.row);
      if (!set || !p.value) continue;
      const auto found = gold_count.find(value_key(p.row->document, *set, *p.value));
      if (found == gold_count.end()) continue;
      for (std::size_t i = 0; i < found->second; ++i) add(*p.row, type, Outcome::match, 1, 1);
      matched.insert(outcome_key(p.row->document, *set, p));
    }
    for (const Item& p : predicted) {
      const Aligned set = aligned(*p.row);
      if (!set || !matched.contains(outcome_key(p.row->document, *set, p))) add(*p.row, type, Outcome::predicted_only);
    }
    for (const Item& g : gold) {
      if (!matched.contains(outcome_key(g.row->document, g.row->set, g))) add(*g.row, type, Outcome::gold_only);
    }
  }

  std::vector<Link> links(const std::vector<MeasEvalRow>& rows, std::string_view name) const {
    std::vector<Link> out;
    for (const MeasEvalRow& row : rows) {
      if (auto link = measeval_link(row); link && link->name == name) out.push_back({&row, *link});
    }
    return out;
  }

  // Gold ids that a predicted (document, set, id) was matched to.
  using Matched = std::unordered_map<std::string, std::vector<const std::string*>>;
  static Matched matched_ids(const std::vector<const std::vector<Pair>*>& lists) {
    Matched out;
    for (const std::vector<Pair>* list : lists) {
      for (const Pair& pair : *list) {
        out[key(pair.predicted->document, pair.predicted->set, pair.predicted->id)].push_back(&pair.gold->id);
      }
    }
    return out;
  }

  void add_links(std::string_view name, const std::vector<const std::vector<Pair>*>& sources,
                 const std::vector<const std::vector<Pair>*>& targets) {
    const std::vector<Link> predicted = links(tables_.predicted, name), gold = links(tables_.gold, name);
    const Matched source_ids = matched_ids(sources), target_ids = matched_ids(targets);
    std::unordered_map<std::string, std::size_t> gold_count;
    const auto link_key = [](const std::string& document, long long set, const std::string& source,
                             const std::string& target) { return concat(key(document, set, source), '\x1f', target); };
    for (const Link& g : gold) ++gold_count[link_key(g.row->document, g.row->set, g.row->id, g.link.target)];
    std::set<std::string> predicted_done, gold_done;
    for (const Link& p : predicted) {
      const Aligned set = aligned(*p.row);
      const auto from = source_ids.find(key(p.row->document, p.row->set, p.row->id));
      const auto to = target_ids.find(key(p.row->document, p.row->set, p.link.target));
      if (!set || from == source_ids.end() || to == target_ids.end()) continue;
      for (const std::string* source : from->second) {
        for (const std::string* target : to->second) {
          const auto found = gold_count.find(link_key(p.row->document, *set, *source, *target));
          if (found == gold_count.end()) continue;
          for (std::size_t i = 0; i < found->second; ++i) add(*p.row, name, Outcome::match, 1, 1);
          predicted_done.insert(key(p.row->document, p.row->set, p.row->id));
          gold_done.insert(key(p.row->document, *set, *source));
        }
      }
    }
    for (const Link& p : predicted) {
      if (!predicted_done.contains(key(p.row->document, p.row->set, p.row->id))) {
        add(*p.row, name, Outcome::predicted_only);
      }
    }
    for (const Link& g : gold) {
      if (!gold_done.contains(key(g.row->document, g.row->set, g.row->id))) add(*g.row, name, Outcome::gold_only);
    }
  }

  const MeasEvalTables& tables_;
  std::unordered_map<std::string, std::vector<const MeasEvalRow*>> gold_by_document_;
  std::unordered_map<std::string, long long> alignment_;
  std::vector<ResultRow> rows_;
};

struct Summary {
  std::size_t both = 0, predicted_only = 0, gold_only = 0;
  std::vector<double> exact, overlap;
  void add(const ResultRow& row) {
    ++(row.outcome == Outcome::match ? both : row.outcome == Outcome::gold_only ? gold_only : predicted_only);
    exact.push_back(row.exact);
    overlap.push_back(row.overlap);
  }
  double precision() const { return ratio(both, both + predicted_only); }
  double recall() const { return ratio(both, both + gold_only); }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r > 0 ? (2 * p * r) / (p + r) : 0;
  }
  static double ratio(std::size_t a, std::size_t b) {
    return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
  }
};

using Filter = std::function<bool(const ResultRow&)>;

Summary summarise(const std::vector<ResultRow>& rows, const Filter& filter) {
  Summary out;
  for (const ResultRow& row : rows) {
    if (filter(row)) out.add(row);
  }
  return out;
}

std::string overall_lines(const Summary& s) {
  std::string text =
      concat("True positives (matching rows): ", s.both, "\nFalse positives (submission only): ", s.predicted_only,
             "\nFalse negatives (gold only): ", s.gold_only, "\n\n");
  if (s.both + s.predicted_only == 0) {
    text += "Submission has no data.\n\n";
  } else if (s.both == 0) {
    text += "Submission has no matches against gold data\n";
  } else {
    text += concat("Precision: ", python_repr(s.precision()), "\nRecall: ", python_repr(s.recall()),
                   "\nF-measure: ", python_repr(s.f1()), "\n\n");
  }
  return text + concat("Overall Score Exact Match: ", python_repr(numpy_mean(s.exact)),
                       "\nOverall Score F1 (Overlap): ", python_repr(numpy_mean(s.overlap)), "\n");
}

std::string group_lines(const std::string& name, const Summary& s) {
  std::string text = concat("Processing ", name, "\n");
  if (s.both + s.predicted_only == 0) {
    text += concat("Submission has no data for ", name, "\n\n");
  } else if (s.both == 0) {
    text += concat("Submission has no matches against gold data for ", name, "\n");
  } else {
    text +=
        concat("True positives (matching rows) for ", name, ": ", s.both, "\nFalse positives (submission only) for ",
               name, ": ", s.predicted_only, "\nFalse negatives (gold only) for ", name, ": ", s.gold_only, "\n\n");
    text += concat("Precision for ", name, ": ", python_repr(s.precision()), "\nRecall for ", name, ": ",
                   python_repr(s.recall()), "\nF-measure for ", name, ": ", python_repr(s.f1()), "\n\n");
  }
  return text + concat("Exact Match Score for ", name, ": ", python_repr(numpy_mean(s.exact)),
                       "\nF1 (Overlap) Score for ", name, ": ", python_repr(numpy_mean(s.overlap)), "\n\n");
}

std::string mean_lines(const std::string& name, const Summary& s) {
  return concat("Exact Match Score for ", name, ": ", python_repr(numpy_mean(s.exact)), "\nF1 (Overlap) Score for ",
                name, ": ", python_repr(numpy_mean(s.overlap)), "\n");
}

// Documents in the order in which their first row stands.
std::vector<std::string> documents_of(const std::vector<ResultRow>& rows) {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const ResultRow& row : rows) {
    if (seen.insert(*row.document).second) out.push_back(*row.document);
  }
  return out;
}

// Article of each document -> subject.
class Subjects {
 public:
  explicit Subjects(const std::string& categories) : given_(!categories.empty()) {
    for (const Line& line : lines_of(categories)) {
      const std::vector<std::string_view> fields = split(line.text, '\t');
      if (fields.size() > 1) table_[std::string(fields[0])] = std::string(strip(fields[1]));
    }
  }
  std::string of(const std::string& document) const {
    const std::string article = document.substr(0, document.find('-'));
    if (!given_) return std::string(measeval_subject(article));
    const auto found = table_.find(article);
    return found == table_.end() ? std::string() : found->second;
  }

 private:
  bool given_;
  std::map<std::string, std::string> table_;
};

std::string subject_lines(const std::vector<ResultRow>& rows, const Subjects& subjects) {
  std::map<std::string, std::string> subject_of;
  for (const std::string& document : documents_of(rows)) {
    subject_of[document] = subjects.of(document);
    if (subject_of[document].empty()) {
      throw InputError(concat("no subject is known for the document '", document, "'"), {},
                       "name a fileCategories.txt with the option categories, or use another mode");
    }
  }
  std::string text;
  for (const char* subject : {"Agriculture", "Astronomy", "Biology", "Chemistry", "Computer Science", "Earth Science",
                              "Engineering", "Materials Science", "Mathematics", "Medicine"}) {
    text += group_lines(subject,
                        summarise(rows, [&](const ResultRow& row) { return subject_of[*row.document] == subject; }));
  }
  return text;
}

std::string mode_lines(const std::vector<ResultRow>& rows, const MeasEvalTables& tables) {
  if (tables.mode == "overall") return overall_lines(summarise(rows, [](const ResultRow&) { return true; }));
  if (tables.mode == "sub" || tables.mode == "subject") return subject_lines(rows, Subjects(tables.categories));
  std::string text;
  if (tables.mode == "class") {
    for (const char* type : kTypes) {
      text += group_lines(type, summarise(rows, [&](const ResultRow& row) { return row.type == type; }));
    }
    return text;
  }
  std::map<std::string_view, std::vector<ResultRow>> by_document;
  for (const ResultRow& row : rows) by_document[*row.document].push_back(row);
  for (const std::string& document : documents_of(rows)) {
    const std::vector<ResultRow>& own = by_document[document];
    if (tables.mode == "doc") {
      text += mean_lines(document, summarise(own, [](const ResultRow&) { return true; }));
      continue;
    }
    for (const char* type : kTypes) {
      text += mean_lines(concat(document, " for ", type),
                         summarise(own, [&](const ResultRow& row) { return row.type == type; })) +
              "\n";
    }
  }
  return text;
}

std::string count_lines(const char* side, const std::vector<MeasEvalRow>& rows) {
  std::string text;
  for (const char* type : {"Quantity", "MeasuredProperty", "MeasuredEntity", "Qualifier"}) {
    const auto count =
        std::count_if(rows.begin(), rows.end(), [&](const MeasEvalRow& row) { return row.type == type; });
    text += concat(side, " count of ", type, ": ", count, "\n");
  }
  return text + "\n";
}

nlohmann::ordered_json to_json(const Summary& s) {
  nlohmann::ordered_json out = {{"true_positives", s.both},       {"false_positives", s.predicted_only},
                                {"false_negatives", s.gold_only}, {"precision", s.precision()},
                                {"recall", s.recall()},           {"f1", s.f1()}};
  if (!s.exact.empty()) out["exact_match"] = numpy_mean(s.exact);
  if (!s.exact.empty()) out["overlap_f1"] = numpy_mean(s.overlap);
  return out;
}

}  // namespace

ScoreReport score_measeval(const MeasEvalTables& tables) {
  const std::vector<ResultRow> rows = Scoring(tables).rows();
  ScoreReport out;
  out.text =
      concat("Submission directory contains: ", tables.predicted_files,
             "\nGold directory contains: ", tables.gold_files, "\n", count_lines("Gold", tables.gold),
             count_lines("Submission", tables.predicted), "Working in mode ", tables.mode, "\n(", rows.size(),
             ", 5)\nIndex(['docId', 'matchType', 'type', 'EM', 'F1'], dtype='object')\n", mode_lines(rows, tables));
  const Summary all = summarise(rows, [](const ResultRow&) { return true; });
  out.primary_name = "overlap_f1";
  out.primary = rows.empty() ? 0 : numpy_mean(all.overlap);
  out.json = {{"overall", to_json(all)}};
  for (const char* type : kTypes) {
    out.json[type] = to_json(summarise(rows, [&](const ResultRow& row) { return row.type == type; }));
  }
  std::map<std::string, DocumentCount> documents;
  for (const ResultRow& row : rows) {
    DocumentCount& count = documents[*row.document];
    count.true_positive += row.outcome == Outcome::match ? 1 : 0;
    count.predicted += row.outcome == Outcome::gold_only ? 0 : 1;
    count.gold += row.outcome == Outcome::predicted_only ? 0 : 1;
    count.sum += row.overlap;
    count.items += 1;
  }
  for (auto& [id, count] : documents) {
    count.id = id;
    out.documents.push_back(count);
  }
  return out;
}

}  // namespace polyclinic
