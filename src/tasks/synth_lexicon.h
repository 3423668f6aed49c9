#pragma once
// The words of the made-up corpora. Every clinical word is made up, so that nothing but the corpora themselves teaches
// what it means. A word's group (an organ system, say) is what the levels share: it decides which drug treats which
// disorder, which comment answers which question and which complaints are chronic.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/random.h"

namespace polyclinic {

struct SynthTerm {
  std::string name;
  std::string abbreviation;  // or empty
  std::string concept_id;    // "C" and 7 digits, "CUI-less", or empty
  std::size_t group = 0;
};

struct SynthLexicon {
  std::vector<SynthTerm> disorders;                      // named by themselves
  std::vector<SynthTerm> sites;                          // body parts; with a head or a state they name a disorder
  std::vector<SynthTerm> drugs;                          // concept_id empty
  std::vector<std::string> heads;                        // "<site> <head>"
  std::vector<std::string> states;                       // "<site> is <state>"
  std::vector<std::string> procedures, findings;         // never disorders
  std::vector<std::vector<std::string>> head_concepts;   // [site][head]
  std::vector<std::vector<std::string>> state_concepts;  // [site][state]
};

inline constexpr std::size_t kSynthGroups = 6;

// Groups of odd number are chronic.
inline bool is_chronic(std::size_t group) { return group % 2 == 1; }

// `used`: words and concepts that are taken; the new ones are added.
SynthLexicon make_lexicon(RandomStream& random, std::set<std::string>& used);

// Entry by entry: from `shared` where `take_shared(position)` says so, else from `own`. Both have equal sizes.
SynthLexicon blend(const SynthLexicon& shared, const SynthLexicon& own, std::size_t shared_of_four);

}  // namespace polyclinic
