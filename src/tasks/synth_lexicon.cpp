#include "tasks/synth_lexicon.h"

#include <array>
#include <string_view>

#include "tasks/official_text.h"

namespace polyclinic {
namespace {

using Words = std::vector<std::string_view>;

template <typename List>
const auto& pick(RandomStream& random, const List& list) {
  return list[random.below(list.size())];
}

std::string stem(RandomStream& random) {
  static const Words onsets = {"b", "br", "c",  "cr", "d", "dr", "f", "g",  "gl", "j", "k", "l",  "m", "n",
                               "p", "pl", "qu", "r",  "s", "st", "t", "tr", "v",  "w", "z", "ch", "th"};
  static const Words vowels = {"a", "e", "i", "o", "u", "y", "ae", "io"};
  static const Words codas = {"", "", "l", "n", "r", "m", "s", "x", "nd", "rt"};
  std::string out;
  const std::size_t syllables = 1 + random.below(2);
  for (std::size_t i = 0; i < syllables; ++i) {
    out += pick(random, onsets);
    out += pick(random, vowels);
    if (i + 1 == syllables || random.below(3) == 0) out += pick(random, codas);
  }
  return out;
}

// Half of the words carry an ending that gives their kind away, as in real notes; the others must be known.
std::string word(RandomStream& random, std::set<std::string>& used, const Words& endings) {
  static const Words plain = {"in", "al", "or", "ex", "ard", "ene", "ick"};
  while (true) {
    std::string out = stem(random);
    out += pick(random, random.below(2) == 0 ? endings : plain);
    if (used.insert(out).second) return out;
  }
}

std::string concept_number(RandomStream& random, std::set<std::string>& used) {
  while (true) {
    std::string out = printf_text("C9%06u", static_cast<unsigned>(random.below(1000000)));
    if (used.insert(out).second) return out;
  }
}

// About three in ten disorders have no concept, as in the ShARe corpus.
std::string concept_or_none(RandomStream& random, std::set<std::string>& used) {
  return random.uniform() < 0.28 ? "CUI-less" : concept_number(random, used);
}

std::string abbreviation(RandomStream& random, std::set<std::string>& used) {
  static const std::string_view letters = "ABCDEFGHKLMNPRSTVW";
  while (true) {
    std::string out;
    for (int i = 0; i < 3; ++i) out += pick(random, letters);
    if (used.insert(out).second) return out;
  }
}

const Words kDisorderEndings = {"itis", "osis", "emia", "oma", "algia", "pathy"};
const Words kAdjectiveEndings = {"ic", "ous", "ary"};
const Words kDrugEndings = {"pril", "olol", "mycin", "statin", "azole"};
const Words kProcedureEndings = {"ectomy", "oscopy", "ography", "plasty"};
const Words kFindingEndings = {"ation", "ance", "ity"};
const Words kSiteEndings = {"um", "us", "ia"};

std::vector<SynthTerm> make_disorders(RandomStream& random, std::set<std::string>& used) {
  std::vector<SynthTerm> out;
  for (std::size_t i = 0; i < 60; ++i) {
    SynthTerm term;
    if (i % 3 == 0) term.name = word(random, used, kAdjectiveEndings) + " ";
    term.name += word(random, used, kDisorderEndings);
    if (i / 2 % 4 == 0) term.abbreviation = abbreviation(random, used);
    term.concept_id = concept_or_none(random, used);
    term.group = i % kSynthGroups;
    out.push_back(std::move(term));
  }
  return out;
}

std::vector<SynthTerm> make_terms(RandomStream& random, std::set<std::string>& used, const Words& endings,
                                  std::size_t count, bool with_concept) {
  std::vector<SynthTerm> out;
  for (std::size_t i = 0; i < count; ++i) {
    SynthTerm term{word(random, used, endings), "", "", i % kSynthGroups};
    if (with_concept) term.concept_id = concept_number(random, used);
    out.push_back(std::move(term));
  }
  return out;
}

std::vector<std::string> make_words(RandomStream& random, std::set<std::string>& used, const Words& endings,
                                    std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(word(random, used, endings));
  return out;
}

std::vector<std::vector<std::string>> make_concepts(RandomStream& random, std::set<std::string>& used, std::size_t rows,
                                                    std::size_t columns) {
  std::vector<std::vector<std::string>> out(rows);
  for (auto& row : out) {
    for (std::size_t c = 0; c < columns; ++c) row.push_back(concept_or_none(random, used));
  }
  return out;
}

template <typename T>
void blend_list(std::vector<T>& own, const std::vector<T>& shared, std::size_t shared_of_four) {
  for (std::size_t i = 0; i < own.size(); ++i) {
    if ((i / kSynthGroups) % 4 < shared_of_four) own[i] = shared[i];
  }
}

}  // namespace

SynthLexicon make_lexicon(RandomStream& random, std::set<std::string>& used) {
  SynthLexicon out;
  out.disorders = make_disorders(random, used);
  out.sites = make_terms(random, used, kSiteEndings, 4 * kSynthGroups, true);
  out.drugs = make_terms(random, used, kDrugEndings, 8 * kSynthGroups, false);
  out.heads = make_words(random, used, kDisorderEndings, 8);
  out.states = make_words(random, used, {"ated", "ened", "osed"}, 8);
  out.procedures = make_words(random, used, kProcedureEndings, 24);
  out.findings = make_words(random, used, kFindingEndings, 24);
  out.head_concepts = make_concepts(random, used, out.sites.size(), out.heads.size());
  out.state_concepts = make_concepts(random, used, out.sites.size(), out.states.size());
  return out;
}

SynthLexicon blend(const SynthLexicon& shared, const SynthLexicon& own, std::size_t shared_of_four) {
  if (shared_of_four >= 4) return shared;
  SynthLexicon out = own;
  if (shared_of_four == 0) return out;
  blend_list(out.disorders, shared.disorders, shared_of_four);
  blend_list(out.sites, shared.sites, shared_of_four);
  blend_list(out.drugs, shared.drugs, shared_of_four);
  blend_list(out.procedures, shared.procedures, shared_of_four);
  blend_list(out.findings, shared.findings, shared_of_four);
  return out;
}

}  // namespace polyclinic
