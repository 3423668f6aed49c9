#include "eval/baselines.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <unordered_map>

#include "eval/text_baselines.h"
#include "eval/words.h"

namespace polyclinic {
namespace {

using Counts = std::map<std::string, std::size_t>;

// What training says of the mentions with some words and a type.
struct Reading {
  std::size_t mentions = 0;
  Counts concepts;
  std::map<std::string, Counts> attributes;  // values of each name
};

std::size_t sum(const Counts& counts) {
  std::size_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

// The most frequent one; empty when more of the mentions have none.
std::string usual(const Counts& counts, std::size_t mentions) {
  const auto best =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return best == counts.end() || best->second < mentions - sum(counts) ? "" : best->first;
}

// Attributes that choose among few values, ten mentions a value at least: not places in the text.
std::set<std::string> closed_attributes(const Split& training) {
  std::map<std::string, Counts> values;
  for (const Example& example : training.examples) {
    for (const Mention& mention : example.mentions) {
      for (const auto& [name, value] : mention.attributes) ++values[name][value];
    }
  }
  std::set<std::string> out;
  for (const auto& [name, counts] : values) {
    if (10 * counts.size() <= sum(counts)) out.insert(name);
  }
  return out;
}

class Gazetteer {
 public:
  explicit Gazetteer(const Split& training) : closed_(closed_attributes(training)) {
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
      const auto best = std::max_element(entry->second.begin(), entry->second.end(), [](const auto& a, const auto& b) {
        return a.second.mentions < b.second.mentions;
      });
      const Reading& reading = best->second;
      mentions.push_back({"T" + std::to_string(mentions.size() + 1),
                          best->first,
                          {{words[first].span.begin, words[last - 1].span.end}},
                          {},
                          usual(reading.concepts, reading.mentions)});
      for (const auto& [name, values] : reading.attributes) {
        if (const std::string value = usual(values, reading.mentions); !value.empty()) {
          mentions.back().attributes[name] = value;
        }
      }
      first = last;
    }
    return mentions;
  }

 private:
  using Types = std::map<std::string, Reading>;

  static std::size_t total(const Types& types) {
    std::size_t mentions = 0;
    for (const auto& [type, reading] : types) mentions += reading.mentions;
    return mentions;
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
      Reading& reading = entries_[key][mention.type];
      ++reading.mentions;
      if (!mention.concept_id.empty()) ++reading.concepts[mention.concept_id];
      for (const auto& [name, value] : mention.attributes) {
        if (closed_.contains(name)) ++reading.attributes[name][value];
      }
    }
  }

  std::set<std::string> closed_;
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
