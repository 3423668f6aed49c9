#include "tasks/label_score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

struct Pair {
  const Example* gold;
  const Example* predicted;
};

std::vector<Pair> pair_up(const Split& gold, const Split& predicted) {
  std::map<std::string, const Example*> by_id;
  for (const Example& example : predicted.examples) by_id[example.id] = &example;
  std::vector<Pair> out;
  for (const Example& example : gold.examples) {
    const auto found = by_id.find(example.id);
    if (found == by_id.end()) {
      throw InputError(concat("no prediction for '", example.id, "'"), {}, "predict each example of the gold file");
    }
    out.push_back({&example, found->second});
  }
  if (out.empty()) throw InputError("no example to score", {}, "the gold file is empty");
  return out;
}

struct Counts {
  double tp = 0, fp = 0, fn = 0;
  double precision() const { return tp + fp > 0 ? tp / (tp + fp) : 0; }
  double recall() const { return tp + fn > 0 ? tp / (tp + fn) : 0; }
  double f1() const { return 2 * tp + fp + fn > 0 ? 2 * tp / (2 * tp + fp + fn) : 0; }
};

nlohmann::ordered_json to_json(const Counts& c) {
  return {
      {"precision", c.precision()}, {"recall", c.recall()}, {"f1", c.f1()}, {"tp", c.tp}, {"fp", c.fp}, {"fn", c.fn}};
}

std::string first_label(const Example& example) { return example.labels.empty() ? std::string() : example.labels[0]; }

double pearson(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n,
               mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i;
    while (j < order.size() && values[order[j]] == values[order[i]]) ++j;
    for (std::size_t k = i; k < j; ++k) out[order[k]] = (static_cast<double>(i + j - 1)) / 2 + 1;
    i = j;
  }
  return out;
}

}  // namespace

ScoreReport score_accuracy(const Split& gold, const Split& predicted) {
  ScoreReport out;
  std::map<std::string, Counts> labels;
  double right = 0;
  const std::vector<Pair> pairs = pair_up(gold, predicted);
  for (const Pair& pair : pairs) {
    const std::string truth = first_label(*pair.gold), guess = first_label(*pair.predicted);
    const bool same = truth == guess;
    right += same ? 1 : 0;
    same ? labels[truth].tp += 1 : (labels[truth].fn += 1, labels[guess].fp += 1);
    DocumentCount count{pair.gold->id};
    count.sum = same ? 1 : 0;
    count.items = 1;
    out.documents.push_back(count);
  }
  double macro = 0;
  for (const auto& [label, counts] : labels) {
    macro += counts.f1() / static_cast<double>(labels.size());
    out.json["labels"][label.empty() ? "(none)" : label] = to_json(counts);
  }
  out.primary_name = "accuracy";
  out.primary = right / static_cast<double>(pairs.size());
  out.json["accuracy"] = out.primary;
  out.json["macro_f1"] = macro;
  out.text = printf_text("accuracy %.4f\nmacro F1 %.4f\nexamples %zu\n", out.primary, macro, pairs.size());
  return out;
}

ScoreReport score_label_f1(const Split& gold, const Split& predicted, const std::set<std::string>& counted) {
  const auto counts_label = [&](const std::string& label) {
    return counted.empty() ? label != "none" : counted.contains(label);
  };
  ScoreReport out;
  std::map<std::string, Counts> labels;
  Counts all;
  const std::vector<Pair> pairs = pair_up(gold, predicted);
  for (const Pair& pair : pairs) {
    DocumentCount count{pair.gold->id};
    const std::set<std::string> truth(pair.gold->labels.begin(), pair.gold->labels.end());
    const std::set<std::string> guess(pair.predicted->labels.begin(), pair.predicted->labels.end());
    for (const std::string& label : truth) {
      if (!counts_label(label)) continue;
      count.gold += 1;
      guess.contains(label) ? labels[label].tp += 1 : labels[label].fn += 1;
      count.true_positive += guess.contains(label) ? 1 : 0;
    }
    for (const std::string& label : guess) {
      if (!counts_label(label)) continue;
      count.predicted += 1;
      if (!truth.contains(label)) labels[label].fp += 1;
    }
    out.documents.push_back(count);
  }
  for (const auto& [label, c] : labels) all = {all.tp + c.tp, all.fp + c.fp, all.fn + c.fn};
  out.primary_name = "f1";
  out.primary = all.f1();
  out.json = {{"micro", to_json(all)}};
  out.text = printf_text("precision %.4f\nrecall %.4f\nF1 %.4f\n", all.precision(), all.recall(), all.f1());
  for (const auto& [label, c] : labels) {
    out.json["labels"][label] = to_json(c);
    out.text += printf_text("%s: P %.4f R %.4f F1 %.4f\n", label.c_str(), c.precision(), c.recall(), c.f1());
  }
  return out;
}

ScoreReport score_pearson(const Split& gold, const Split& predicted) {
  ScoreReport out;
  std::vector<double> truth, guess;
  const std::vector<Pair> pairs = pair_up(gold, predicted);
  for (const Pair& pair : pairs) {
    if (!pair.gold->score || !pair.predicted->score) {
      throw InputError(concat("no score for '", pair.gold->id, "'"), {}, "give each example a number");
    }
    truth.push_back(*pair.gold->score);
    guess.push_back(*pair.predicted->score);
    out.documents.push_back({pair.gold->id, 0, guess.back(), truth.back(), 0, 1});
  }
  const double r = pearson(truth, guess), rho = pearson(ranks(truth), ranks(guess));
  out.primary_name = "pearson";
  out.primary = r;
  out.json = {{"pearson", r}, {"spearman", rho}, {"pairs", pairs.size()}};
  out.text = printf_text("Pearson %.4f\nSpearman %.4f\npairs %zu\n", r, rho, pairs.size());
  return out;
}

}  // namespace polyclinic
