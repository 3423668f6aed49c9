#include "data/pair_candidates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "core/error.h"
#include "text/sentences.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

// Mentions of one example in the order of the text, each type and place once.
class MentionOrder {
 public:
  explicit MentionOrder(const Example& example) : example_(example), same_as_(example.mentions.size()) {
    const OffsetMap map(example.text);
    for (const std::size_t byte : sentence_begins(example.text)) begins_.push_back(map.to_code_point(byte));
    std::map<std::pair<std::string, std::vector<Span>>, std::size_t> seen;
    for (std::size_t m = 0; m < example.mentions.size(); ++m) {
      const Mention& mention = example.mentions[m];
      same_as_[m] = seen.emplace(std::pair(mention.type, mention.fragments), m).first->second;
      if (same_as_[m] == m) order_.push_back(m);
    }
    std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) { return before(a, b); });
  }

  const std::vector<std::size_t>& order() const { return order_; }
  std::size_t same_as(std::size_t mention) const { return same_as_[mention]; }

  bool before(std::size_t a, std::size_t b) const {
    const auto key = [this](std::size_t at) {
      const Mention& mention = example_.mentions[at];
      return std::tuple(mention.fragments.front().begin, mention.fragments.back().end, std::string_view(mention.type),
                        at);
    };
    return key(a) < key(b);
  }
  std::size_t characters(std::size_t first, std::size_t second) const {
    const std::size_t end = example_.mentions[first].fragments.back().end;
    const std::size_t begin = example_.mentions[second].fragments.front().begin;
    return begin > end ? begin - end : 0;
  }
  // Sentences from the end of one to the beginning of the other.
  std::size_t sentences(std::size_t first, std::size_t second) const {
    const std::size_t from = sentence_of(example_.mentions[first].fragments.back().end - 1);
    const std::size_t to = sentence_of(example_.mentions[second].fragments.front().begin);
    return to > from ? to - from : 0;
  }

 private:
  std::size_t sentence_of(std::size_t character) const {
    return static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), character) - begins_.begin());
  }
  const Example& example_;
  std::vector<std::size_t> begins_;  // of sentences, code points
  std::vector<std::size_t> same_as_, order_;
};

struct Placed {
  std::size_t first, second;
  PairLabel label;
  auto operator<=>(const Placed&) const = default;
};

// Distinct relations of an example in text order. A relation of a mention with itself cannot be one of a pair.
std::set<Placed> placed_relations(const Example& example, const MentionOrder& order, std::size_t& with_itself) {
  std::set<Placed> out;
  std::set<std::pair<std::size_t, std::string>> selves;
  for (const Relation& relation : example.relations) {
    const std::size_t source = order.same_as(relation.source), target = order.same_as(relation.target);
    if (source == target) {
      selves.emplace(source, relation.type);
      continue;
    }
    const bool forward = order.before(source, target);
    out.insert({forward ? source : target, forward ? target : source, {relation.type, forward}});
  }
  with_itself = selves.size();
  return out;
}

// Smallest limit that holds the wanted share of the values.
std::size_t limit(std::vector<std::size_t> values, double covered) {
  std::sort(values.begin(), values.end());
  const auto wanted = static_cast<std::size_t>(std::ceil(covered * static_cast<double>(values.size())));
  return values[std::min(std::max<std::size_t>(wanted, 1), values.size()) - 1];
}

struct Seen {
  std::set<PairLabel> labels;
  std::vector<std::size_t> characters, sentences;
};

constexpr std::size_t kEnough = 400;  // relations from which a pair of types has limits of its own
constexpr double kMargin = 1.5;       // new texts reach further than training's

struct Limits {
  std::size_t characters = 0, sentences = 0;
};
Limits limits(const Seen& seen, double covered) {
  return {static_cast<std::size_t>(kMargin * static_cast<double>(limit(seen.characters, covered))),
          limit(seen.sentences, covered)};
}

}  // namespace

PairRules learn_pair_rules(const std::vector<Example>& training, double covered) {
  std::map<std::pair<std::string, std::string>, Seen> seen;
  std::set<PairLabel> labels;
  Seen all;
  for (const Example& example : training) {
    const MentionOrder order(example);
    std::size_t with_itself = 0;
    for (const Placed& placed : placed_relations(example, order, with_itself)) {
      Seen& of_types = seen[{example.mentions[placed.first].type, example.mentions[placed.second].type}];
      of_types.labels.insert(placed.label);
      labels.insert(placed.label);
      for (Seen* counts : {&of_types, &all}) {
        counts->characters.push_back(order.characters(placed.first, placed.second));
        counts->sentences.push_back(order.sentences(placed.first, placed.second));
      }
    }
  }
  if (seen.empty()) throw InputError("no relation in the training data", {}, "this head needs annotated relations");
  const Limits of_all = limits(all, covered);
  PairRules rules{{labels.begin(), labels.end()}, {}};
  for (const auto& [types, found] : seen) {
    Limits own = limits(found, covered);
    if (found.characters.size() < kEnough) {
      own = {std::max(own.characters, of_all.characters), std::max(own.sentences, of_all.sentences)};
    }
    PairRule rule{types.first, types.second, {}, own.characters, own.sentences};
    for (std::size_t i = 0; i < rules.labels.size(); ++i) {
      if (found.labels.contains(rules.labels[i])) rule.labels.push_back(i);
    }
    rules.rules.push_back(std::move(rule));
  }
  return rules;
}

PairCandidates pair_candidates(const Example& example, const PairRules& rules) {
  std::map<std::pair<std::string, std::string>, std::size_t> rule_of;
  std::size_t furthest = 0;
  for (std::size_t r = 0; r < rules.rules.size(); ++r) {
    rule_of[{rules.rules[r].first, rules.rules[r].second}] = r;
    furthest = std::max(furthest, rules.rules[r].characters);
  }
  const MentionOrder order(example);
  PairCandidates out;
  const std::set<Placed> relations = placed_relations(example, order, out.outside);
  out.relations = relations.size() + out.outside;
  std::size_t held = 0;
  for (std::size_t i = 0; i < order.order().size(); ++i) {
    for (std::size_t j = i + 1; j < order.order().size(); ++j) {
      PairCandidate pair{order.order()[i], order.order()[j], 0, 0, {}};
      pair.characters = order.characters(pair.first, pair.second);
      if (pair.characters > furthest) break;  // mentions further on begin later still
      const auto rule = rule_of.find({example.mentions[pair.first].type, example.mentions[pair.second].type});
      if (rule == rule_of.end()) continue;
      pair.rule = rule->second;
      const PairRule& limits = rules.rules[pair.rule];
      if (pair.characters > limits.characters || order.sentences(pair.first, pair.second) > limits.sentences) continue;
      for (const std::size_t label : limits.labels) {
        if (relations.contains({pair.first, pair.second, rules.labels[label]})) pair.labels.push_back(label);
      }
      held += pair.labels.size();
      out.pairs.push_back(std::move(pair));
    }
  }
  out.outside += relations.size() - held;
  return out;
}

}  // namespace polyclinic
