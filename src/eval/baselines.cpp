#include "eval/baselines.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "eval/text_baselines.h"
#include "eval/words.h"

namespace polyclinic {
namespace {

class Gazetteer {
 public:
  explicit Gazetteer(const Split& training) {
    std::vector<std::vector<Word>> documents;
    for (const Example& example : training.examples) {
      documents.push_back(words_of(example.text));
      add(example, documents.back());
    }
    std::unordered_map<std::string, std::size_t> seen;
    for (const std::vector<Word>& words : documents) {
      for (std::size_t first = 0; first < words.size(); ++first) {
        std::string key;
        for (std::size_t last = first; last < std::min(words.size(), first + longest_); ++last) {
          key += words[last].folded + '\n';
          if (entries_.contains(key)) ++seen[key];
        }
      }
    }
    std::erase_if(entries_, [&](const auto& entry) { return 2 * total(entry.second) < seen[entry.first]; });
  }

  std::vector<Mention> find(const std::string& text) const {
    const std::vector<Word> words = words_of(text);
    std::vector<Mention> mentions;
    for (std::size_t first = 0; first < words.size();) {
      std::string key;
      std::size_t last = first;
      auto entry = entries_.end();
      for (std::size_t w = first; w < std::min(words.size(), first + longest_); ++w) {
        key += words[w].folded + '\n';
        const auto found = entries_.find(key);
        if (found != entries_.end()) entry = found, last = w + 1;
      }
      if (entry == entries_.end()) {
        ++first;
        continue;
      }
      const auto best = std::max_element(entry->second.begin(), entry->second.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
      mentions.push_back({"T" + std::to_string(mentions.size() + 1),
                          best->first,
                          {{words[first].span.begin, words[last - 1].span.end}},
                          {},
                          {}});
      first = last;
    }
    return mentions;
  }

 private:
  using Types = std::map<std::string, std::size_t>;

  static std::size_t total(const Types& types) {
    std::size_t sum = 0;
    for (const auto& [type, count] : types) sum += count;
    return sum;
  }

  void add(const Example& example, const std::vector<Word>& words) {
    for (const Mention& mention : example.mentions) {
      if (mention.fragments.size() != 1) continue;
      const Span span = mention.fragments.front();
      std::size_t first = 0;
      while (first < words.size() && words[first].span.end <= span.begin) ++first;
      std::size_t last = first;
      while (last < words.size() && words[last].span.begin < span.end) ++last;
      if (first == last) continue;
      longest_ = std::max(longest_, last - first);
      std::string key;
      for (std::size_t w = first; w < last; ++w) key += words[w].folded + '\n';
      ++entries_[key][mention.type];
    }
  }

  std::unordered_map<std::string, Types> entries_;
  std::size_t longest_ = 0;
};

Example without_gold(const Example& example) {
  Example input = example;
  input.mentions.clear();
  input.relations.clear();
  input.labels.clear();
  input.score.reset();
  return input;
}

// 1 / rank, as the search engine or the forum gave it; 0 when it did not say.
double given_rank(const Example& candidate) {
  const auto found = candidate.properties.find("rank");
  const double rank = found == candidate.properties.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
  return rank > 0 ? 1 / rank : 0;
}

}  // namespace

Split majority_baseline(const Split& training, const Split& inputs) {
  std::map<std::vector<std::string>, std::size_t> labels;
  double sum = 0;
  std::size_t scored = 0;
  for (const Example& example : training.examples) {
    if (!example.labels.empty()) ++labels[example.labels];
    if (example.score) sum += *example.score, ++scored;
  }
  const auto best =
      std::max_element(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  Split predicted{inputs.name, {}};
  for (const Example& example : inputs.examples) {
    predicted.examples.push_back(without_gold(example));
    if (best != labels.end()) predicted.examples.back().labels = best->first;
    if (scored > 0) predicted.examples.back().score = sum / static_cast<double>(scored);
    if (!example.group.empty()) predicted.examples.back().score = given_rank(example);
  }
  return predicted;
}

Split gazetteer_baseline(const Split& training, const Split& inputs) {
  const Gazetteer gazetteer(training);
  Split predicted{inputs.name, {}};
  for (const Example& example : inputs.examples) {
    predicted.examples.push_back(without_gold(example));
    predicted.examples.back().mentions = gazetteer.find(example.text);
  }
  return predicted;
}

SimpleBaseline simple_baseline(const Split& training, const Split& inputs) {
  const auto any = [&](const auto& has) {
    return std::any_of(training.examples.begin(), training.examples.end(), has);
  };
  Split bare{inputs.name, {}};
  for (const Example& example : inputs.examples) bare.examples.push_back(without_gold(example));
  if (any([](const Example& e) { return !e.mentions.empty(); })) {
    return {"gazetteer", gazetteer_baseline(training, inputs)};
  }
  if (any([](const Example& e) { return !e.group.empty(); })) return {"bm25", bm25_baseline(training, std::move(bare))};
  if (any([](const Example& e) { return !e.labels.empty(); })) {
    return {"naive_bayes", naive_bayes_baseline(training, std::move(bare))};
  }
  return {"word_overlap", word_overlap_baseline(training, std::move(bare))};
}

}  // namespace polyclinic
