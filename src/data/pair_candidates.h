#pragma once
// Which pairs of mentions a relation head judges, and what it may say of each (docs/decisions.md, 2026-11-24, "Pairs").
// A pair stands in the order of the text; a label is a relation type and the direction in which it is read. Candidates
// are pairs of types that training relates, no further apart than training's relations are.
#include <cstddef>
#include <string>
#include <vector>

#include "tasks/example.h"

namespace polyclinic {

struct PairLabel {
  std::string type;
  bool forward = true;  // the source stands first in the text
  auto operator<=>(const PairLabel&) const = default;
};

// What training says of pairs of these mention types, in the order of the text.
struct PairRule {
  std::string first, second;
  std::vector<std::size_t> labels;  // indices into PairRules::labels, increasing
  std::size_t characters = 0;       // most characters between the two
  std::size_t sentences = 0;        // most sentences from one to the other; 0: the same sentence
  bool operator==(const PairRule&) const = default;
};

struct PairRules {
  std::vector<PairLabel> labels;
  std::vector<PairRule> rules;  // by (first, second)
  bool operator==(const PairRules&) const = default;
};

// A pair within the limits. `first` and `second` are indices into Example::mentions.
struct PairCandidate {
  std::size_t first = 0, second = 0;
  std::size_t rule = 0;             // index into PairRules::rules
  std::size_t characters = 0;       // between the two; 0 when they touch or overlap
  std::vector<std::size_t> labels;  // of the example's own relations, indices into PairRules::labels
  bool operator==(const PairCandidate&) const = default;
};

struct PairCandidates {
  std::vector<PairCandidate> pairs;  // by (first, second) in the text
  std::size_t relations = 0;         // distinct ones of the example
  std::size_t outside = 0;           // of these, those that no candidate can hold
};

// Limits: the smallest that hold `covered` of the training relations of a pair of types, for characters and for
// sentences each; a pair of types with fewer than 400 relations may also reach as far as `covered` of all relations do.
// Characters get half as much again: new texts reach further than training's (MeasEval's test: 1.6 % of its relations).
// InputError when there is no relation.
PairRules learn_pair_rules(const std::vector<Example>& training, double covered = 0.9975);

// Mentions with the same type and fragments count as one, the first of them.
PairCandidates pair_candidates(const Example& example, const PairRules& rules);

}  // namespace polyclinic
