// Ranking scores of SemEval-2016/2017 Task 3: the official ev.py (v2.2, with the ALL SCORES line) and metrics.py.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/python2_order.h"
#include "tasks/scorer.h"
#include "tasks/semeval2017t3.h"

namespace polyclinic {
namespace {

struct Row {
  const char* line = nullptr;  // where it begins
  std::string_view query, candidate;
  double score = 0;
  bool relevant = false;
};

struct Candidate {
  double baseline = 0;  // the gold file's score
  double system = 0;    // the predicted one
  bool relevant = false;
};

struct Query {
  std::string_view id;
  std::vector<Candidate> candidates;  // in the gold file's order
};

// What the measures see of a query: the relevance of its first candidates, best first, and how many are relevant.
struct Order {
  std::vector<bool> top;
  double relevant = 0;
};

struct Confusion {
  double true_true = 0, true_false = 0, false_true = 0, false_false = 0;  // gold_predicted
};

[[noreturn]] void refuse_short(std::size_t count, const Line& line, const std::string& file) {
  throw InputError(concat("a line has ", count, " fields and not 5"), {file, line.number},
                   "write: query, candidate, rank, score, true|false");
}

// `like`: a line whose first two fields this one mostly shares byte for byte; `row` then still has them.
void read_row(const Line& line, const std::string& file, Row& row, const Row* like = nullptr) {
  std::string_view rest = line.text;
  const std::size_t shared =
      like ? static_cast<std::size_t>(like->candidate.data() - like->line) + like->candidate.size() : 0;
  row.line = rest.data();
  if (like && rest.size() > shared && rest[shared] == '\t' && std::memcmp(rest.data(), like->line, shared) == 0) {
    row.query = like->query;
    row.candidate = like->candidate;
    rest.remove_prefix(shared);
  } else {
    row.query = next_word(rest);
    row.candidate = next_word(rest);
  }
  const std::array<std::string_view, 3> fields = {next_word(rest), next_word(rest), next_word(rest)};
  if (fields[2].empty()) refuse_short(split_blanks(line.text).size(), line, file);
  const auto where = [&] { return Where{file, line.number}; };
  const std::optional<double> score = python_float(fields[1]);
  if (!score) throw InputError(concat("'", fields[1], "' is no score"), where(), "write a number");
  row.score = *score;
  row.relevant = fields[2] == "true";
  if (!row.relevant && fields[2] != "false") {
    throw InputError(concat("the label is '", fields[2], "'"), where(), "write true or false");
  }
}

// As Python leaves a list with NaN among its scores.
std::vector<std::size_t> order_with_nan(const std::vector<Candidate>& candidates, double Candidate::*score) {
  std::vector<double> scores;
  for (const Candidate& candidate : candidates) scores.push_back(candidate.*score);
  auto order = python2_descending(scores);
  if (!order) {
    throw InputError("a query of 64 candidates or more has NaN among its scores", {},
                     "write a number for each of them");
  }
  return *std::move(order);
}

// The best `depth` candidates by `score`; equal scores keep the file's order. Without `rerank` that order alone.
Order ranked(const std::vector<Candidate>& candidates, double Candidate::*score, bool rerank, std::size_t depth) {
  std::vector<std::pair<double, std::size_t>> order;  // lowest first
  order.reserve(candidates.size());
  Order out;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    order.emplace_back(rerank ? -(candidates[i].*score) : 0.0, i);
    out.relevant += candidates[i].relevant ? 1 : 0;
  }
  const std::size_t top = std::min(depth, order.size());
  if (rerank &&
      std::any_of(candidates.begin(), candidates.end(), [&](const auto& c) { return std::isnan(c.*score); })) {
    const std::vector<std::size_t> places = order_with_nan(candidates, score);
    for (std::size_t i = 0; i < top; ++i) out.top.push_back(candidates[places[i]].relevant);
    return out;
  }
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end());
  for (std::size_t i = 0; i < top; ++i) out.top.push_back(candidates[order[i].second].relevant);
  return out;
}

double average_precision(const Order& order) {
  double sum = 0, found = 0;
  for (std::size_t i = 0; i < order.top.size(); ++i) {
    if (!order.top[i]) continue;
    found += 1;
    sum += found / static_cast<double>(i + 1);
  }
  return found > 0 ? sum / found : 0;
}

struct Ranking {
  double map = 0, average_recall = 0, reciprocal_rank = 0;       // reciprocal rank in percent
  std::vector<double> recall_of_one, accuracy, share, absolute;  // REC-1, ACC, AC1, AC2 at 1..depth
};

Ranking measure(const std::vector<Order>& queries, std::size_t depth) {
  Ranking out;
  out.recall_of_one.assign(depth, 0);
  out.absolute.assign(depth, 0);
  std::vector<double> possible(depth, 0);
  const double count = static_cast<double>(queries.size());
  for (const Order& order : queries) {
    bool first = true;
    for (std::size_t i = 0; i < order.top.size(); ++i) {
      if (!order.top[i]) continue;
      out.absolute[i] += 1;
      if (first) {
        out.recall_of_one[i] += 1;
        out.reciprocal_rank += 1.0 / static_cast<double>(i + 1);
      }
      first = false;
    }
    for (std::size_t i = 0; i < depth; ++i) possible[i] += std::min(static_cast<double>(i + 1), order.relevant);
    out.map += average_precision(order);
  }
  for (std::size_t i = 0; i < depth; ++i) {
    if (i > 0) {
      out.recall_of_one[i] += out.recall_of_one[i - 1];
      out.absolute[i] += out.absolute[i - 1];
    }
    out.accuracy.push_back(out.absolute[i] * 100 / (static_cast<double>(i + 1) * count));
    out.share.push_back(out.absolute[i] / possible[i]);
  }
  for (double& value : out.recall_of_one) value = value * 100 / count;
  for (double value : out.share) out.average_recall += value;
  out.average_recall /= static_cast<double>(depth);
  out.map /= count;
  out.reciprocal_rank = out.reciprocal_rank * 100.0 / count;
  return out;
}

struct Classification {
  double accuracy = 0, precision = 0, recall = 0, f1 = 0;
};

Classification classify(const Confusion& c) {
  Classification out;
  out.accuracy = (c.true_true + c.false_false) / (c.true_true + c.false_false + c.true_false + c.false_true);
  if (c.true_true + c.false_true > 0) out.precision = c.true_true / (c.true_true + c.false_true);
  if (c.true_true + c.true_false > 0) out.recall = c.true_true / (c.true_true + c.true_false);
  if (out.precision + out.recall > 0) out.f1 = 2.0 * out.precision * out.recall / (out.precision + out.recall);
  return out;
}

std::string report(const Classification& c, const Ranking& ir, const Ranking& sys) {
  std::string text = printf_text("\n*** Official score (MAP for SYS): %5.4f\n\n\n", sys.map);
  text += "******************************\n*** Classification results ***\n******************************\n\n";
  text +=
      printf_text("Acc = %5.4f\nP   = %5.4f\nR   = %5.4f\nF1  = %5.4f\n\n\n", c.accuracy, c.precision, c.recall, c.f1);
  text += "********************************\n*** Detailed ranking results ***\n********************************\n\n";
  text += "IR  -- Score for the output of the IR system (baseline).\n";
  text += "SYS -- Score for the output of the tested system.\n\n";
  text += printf_text("%13s %5s\n", "IR", "SYS");
  text += printf_text("MAP   : %5.4f %5.4f\n", ir.map, sys.map);
  text += printf_text("AvgRec: %5.4f %5.4f\n", ir.average_recall, sys.average_recall);
  text += printf_text("MRR   : %6.2f %6.2f\n", ir.reciprocal_rank, sys.reciprocal_rank);
  text += printf_text("%16s %6s  %14s %6s  %14s %6s  %12s %4s\n", "IR", "SYS", "IR", "SYS", "IR", "SYS", "IR", "SYS");
  for (std::size_t i = 0; i < sys.accuracy.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    text +=
        printf_text("REC-1@%02d: %6.2f %6.2f  ACC@%02d: %6.2f %6.2f  AC1@%02d: %6.2f %6.2f  AC2@%02d: %4.0f %4.0f\n",
                    at, ir.recall_of_one[i], sys.recall_of_one[i], at, ir.accuracy[i], sys.accuracy[i], at, ir.share[i],
                    sys.share[i], at, ir.absolute[i], sys.absolute[i]);
  }
  text +=
      "\nREC-1 - percentage of questions with at least 1 correct answer in the top @X positions (useful for tasks "
      "where "
      "questions have at most one correct answer)\n"
      "ACC   - accuracy, i.e., number of correct answers retrieved at rank @X normalized by the rank and the total "
      "number of questions\n"
      "AC1   - the number of correct answers at @X normalized by the number of maximum possible answers (perfect "
      "re-ranker)\n"
      "AC2   - the absolute number of correct answers at @X\n\n";
  text += printf_text("ALL SCORES:\t%5.4f\t%5.4f\t%5.4f\t%5.4f\t%5.4f\t%5.4f\t%5.4f\n", sys.map, sys.average_recall,
                      sys.reciprocal_rank, c.precision, c.recall, c.f1, c.accuracy);
  return text;
}

// The next line of a text; the texts are walked side by side and lines are never kept.
struct LineWalk {
  std::string_view rest;
  int number = 0;

  bool next(Line& line) {
    if (rest.empty()) return false;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    line = {++number, rest.substr(0, end), false};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.text.empty() && line.text.back() == '\r') {
      line.text.remove_suffix(1);
      line.carriage_return = true;
    }
    return true;
  }
};

// Both files side by side, as far as the shorter one goes.
Confusion read_both(const RankingFiles& files, std::vector<Query>& queries) {
  LineWalk gold{files.gold}, pred{files.predicted};
  Confusion confusion;
  std::unordered_map<std::string_view, std::size_t> place;
  std::size_t last = 0;  // queries mostly stand together
  Row g, p;
  for (Line gold_line, pred_line; gold.next(gold_line) && pred.next(pred_line);) {
    read_row(gold_line, files.gold_name, g);
    read_row(pred_line, files.predicted_name, p, &g);
    if (p.query.data() != g.query.data() && (g.query != p.query || g.candidate != p.candidate)) {
      throw InputError(
          concat("here is (", p.query, ",", p.candidate, ") where the gold file has (", g.query, ",", g.candidate, ")"),
          {files.predicted_name, pred_line.number}, "write the predictions in the gold file's order");
    }
    if (queries.empty() || queries[last].id != g.query) {
      const auto [at, fresh] = place.emplace(g.query, queries.size());
      if (fresh) queries.push_back({g.query, {}});
      last = at->second;
    }
    queries[last].candidates.push_back({g.score, p.score, g.relevant});
    (g.relevant ? (p.relevant ? confusion.true_true : confusion.true_false)
                : (p.relevant ? confusion.false_true : confusion.false_false)) += 1;
  }
  return confusion;
}

// ev.py visits queries in the order of its dictionary.
std::vector<Query> in_official_order(std::vector<Query> queries) {
  std::vector<std::string> ids;
  for (const Query& query : queries) ids.emplace_back(query.id);
  std::vector<Query> out;
  for (const std::size_t i : python2_dict_order(ids)) out.push_back(std::move(queries[i]));
  return out;
}

bool any_relevant(const Query& query) {
  return std::any_of(query.candidates.begin(), query.candidates.end(), [](const Candidate& c) { return c.relevant; });
}

bool reaches(const Query& query, const std::string& threshold, const Where& where) {
  if (threshold.empty()) return true;
  const std::optional<double> value = python_float(threshold);
  if (!value) throw InputError(concat("reranking_threshold '", threshold, "' is no number"), where);
  double most = query.candidates.front().system;  // Python's max(): a first NaN stays
  for (const Candidate& candidate : query.candidates) most = candidate.system > most ? candidate.system : most;
  return most >= *value;
}

nlohmann::ordered_json to_json(const Ranking& r) {
  return {{"map", r.map}, {"avg_rec", r.average_recall}, {"mrr", r.reciprocal_rank}};
}

ScoreReport score_files(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions& options) {
  return score_ranking({read_file(gold), gold.string(), read_file(predicted), predicted.string()}, options);
}

}  // namespace

ScoreReport score_ranking(const RankingFiles& files, const ScoreOptions& options) {
  const std::optional<long long> depth = python_int(options.at("threshold"));
  if (!depth || *depth < 1 || *depth > 1000000) throw InputError("option threshold must be a whole number from 1 up");
  std::vector<Query> queries;
  const Confusion confusion = read_both(files, queries);
  const Where pair{files.predicted_name};
  if (queries.empty()) throw InputError("no line to score", pair, "one of the two files is empty");
  queries = in_official_order(std::move(queries));
  if (options.at("ignore_noanswer") == "true") std::erase_if(queries, [](const Query& q) { return !any_relevant(q); });
  if (std::none_of(queries.begin(), queries.end(), any_relevant)) {
    throw InputError("no candidate is true, so average recall is undefined", {files.gold_name},
                     "score a file with at least one relevant candidate");
  }
  ScoreReport out;
  std::vector<Order> baseline, system;
  const auto top = static_cast<std::size_t>(*depth);
  for (const Query& query : queries) {
    baseline.push_back(ranked(query.candidates, &Candidate::baseline, true, top));
    const bool rerank = reaches(query, options.at("reranking_threshold"), {});
    system.push_back(ranked(query.candidates, &Candidate::system, rerank, top));
    DocumentCount count{std::string(query.id)};
    count.sum = average_precision(system.back());
    count.items = 1;
    out.documents.push_back(count);
  }
  const Ranking ir = measure(baseline, top);
  const Ranking sys = measure(system, top);
  const Classification classes = classify(confusion);
  out.text = report(classes, ir, sys);
  out.primary_name = "map";
  out.primary = sys.map;
  out.json = {{"system", to_json(sys)},   {"baseline", to_json(ir)}, {"precision", classes.precision},
              {"recall", classes.recall}, {"f1", classes.f1},        {"accuracy", classes.accuracy},
              {"queries", queries.size()}};
  return out;
}

ScoreOptions default_ranking_options() {
  return {{"threshold", "10"}, {"reranking_threshold", ""}, {"ignore_noanswer", "false"}};
}

Scorer semeval2017t3_scorer() {
  return {"semeval2017t3",
          "community question answering, subtasks A to D: mean average precision",
          "SemEval-2016/2017 Task 3, ev.py and metrics.py",
          {{"threshold", "10", {}, "depth of every ranking score", "-t"},
           {"reranking_threshold", "", {}, "leave a query in file order when its best score is below this", "-r"},
           {"ignore_noanswer", "false", {"true", "false"}, "leave out queries without a true candidate", ""}},
          score_files};
}

}  // namespace polyclinic
