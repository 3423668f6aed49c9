#include "eval/text_baselines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "eval/words.h"

namespace polyclinic {
namespace {

using Bag = std::map<std::string, double>;

Bag bag_of(const std::string& text, Bag bag = {}) {
  for (const Word& word : words_of(text)) bag[word.folded] += 1;
  return bag;
}

Bag bag_of(const Example& example) { return bag_of(example.second_text, bag_of(example.text)); }

// Word counts of the texts of one class.
struct ClassCounts {
  std::unordered_map<std::string, double> words;
  double texts = 0, total = 0;

  void add(const Bag& bag) {
    texts += 1;
    for (const auto& [word, count] : bag) {
      words[word] += count;
      total += count;
    }
  }
  double log_likelihood(const Bag& bag, double all_texts, double vocabulary) const {
    double sum = std::log(texts / all_texts);
    for (const auto& [word, count] : bag) {
      const auto found = words.find(word);
      sum += count * std::log(((found == words.end() ? 0 : found->second) + 1) / (total + vocabulary));
    }
    return sum;
  }
};

struct Vocabulary {
  std::set<std::string> words;
  double texts = 0;
  explicit Vocabulary(const Split& training) : texts(static_cast<double>(training.examples.size())) {
    for (const Example& example : training.examples) {
      for (const auto& [word, count] : bag_of(example)) words.insert(word);
    }
  }
  double size() const { return static_cast<double>(words.size()); }
};

void choose_one(const Split& training, Split& inputs) {
  const Vocabulary vocabulary(training);
  std::map<std::string, ClassCounts> classes;
  for (const Example& example : training.examples) classes[example.labels.front()].add(bag_of(example));
  for (Example& example : inputs.examples) {
    const Bag bag = bag_of(example);
    double best = -std::numeric_limits<double>::infinity();
    for (const auto& [label, counts] : classes) {
      const double score = counts.log_likelihood(bag, vocabulary.texts, vocabulary.size());
      if (score > best) best = score, example.labels = {label};
    }
  }
}

void choose_any(const Split& training, Split& inputs) {
  const Vocabulary vocabulary(training);
  std::map<std::string, std::pair<ClassCounts, ClassCounts>> classes;  // with and without the label
  for (const Example& example : training.examples) {
    for (const std::string& label : example.labels) classes[label];
  }
  const bool writes_none = classes.erase("none") > 0;
  for (const Example& example : training.examples) {
    const Bag bag = bag_of(example);
    for (auto& [label, counts] : classes) {
      const bool has = std::find(example.labels.begin(), example.labels.end(), label) != example.labels.end();
      (has ? counts.first : counts.second).add(bag);
    }
  }
  for (Example& example : inputs.examples) {
    const Bag bag = bag_of(example);
    for (const auto& [label, counts] : classes) {
      const double with = counts.first.log_likelihood(bag, vocabulary.texts, vocabulary.size());
      if (counts.second.texts == 0 || with > counts.second.log_likelihood(bag, vocabulary.texts, vocabulary.size())) {
        example.labels.push_back(label);
      }
    }
    if (example.labels.empty() && writes_none) example.labels = {"none"};
  }
}

}  // namespace

Split naive_bayes_baseline(const Split& training, Split inputs) {
  const bool single = std::all_of(training.examples.begin(), training.examples.end(),
                                  [](const Example& example) { return example.labels.size() == 1; });
  single ? choose_one(training, inputs) : choose_any(training, inputs);
  return inputs;
}

Split bm25_baseline(const Split& training, Split inputs) {
  constexpr double k1 = 1.2, b = 0.75;
  std::unordered_map<std::string, double> documents;  // that hold a word
  std::vector<Bag> bags;
  double length = 0;
  for (const Example& example : inputs.examples) {
    bags.push_back(bag_of(example.second_text));
    for (const auto& [word, count] : bags.back()) {
      documents[word] += 1;
      length += count;
    }
  }
  const auto n = static_cast<double>(bags.size());
  std::map<std::string, std::size_t> labels;
  for (const Example& example : training.examples) {
    if (!example.labels.empty()) ++labels[example.labels.front()];
  }
  const auto common =
      std::max_element(labels.begin(), labels.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
  for (std::size_t i = 0; i < bags.size(); ++i) {
    Example& example = inputs.examples[i];
    double own = 0, score = 0;
    for (const auto& [word, count] : bags[i]) own += count;
    for (const auto& [word, asked] : bag_of(example.text)) {
      const auto found = bags[i].find(word);
      if (found == bags[i].end()) continue;
      const double weight = std::log(1 + (n - documents[word] + 0.5) / (documents[word] + 0.5));
      score += asked * weight * found->second * (k1 + 1) / (found->second + k1 * (1 - b + b * own * n / length));
    }
    example.score = score;
    if (common != labels.end()) example.labels = {common->first};
  }
  return inputs;
}

Split word_overlap_baseline(const Split& training, Split inputs) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Example& example : training.examples) {
    if (!example.score) continue;
    low = std::min(low, *example.score);
    high = std::max(high, *example.score);
  }
  if (low > high) return inputs;
  for (Example& example : inputs.examples) {
    const Bag first = bag_of(example.text), second = bag_of(example.second_text);
    double shared = 0;
    for (const auto& [word, count] : first) shared += second.contains(word);
    const double all = static_cast<double>(first.size() + second.size()) - shared;
    example.score = low + (all > 0 ? shared / all : 0) * (high - low);
  }
  return inputs;
}

}  // namespace polyclinic
