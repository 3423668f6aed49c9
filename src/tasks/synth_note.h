#pragma once
// One made-up note with every layer of annotation that the five tasks ask for. A task's writer takes its own layers.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/example.h"
#include "tasks/synth_lexicon.h"

namespace polyclinic {

// Mention types: "Disorder" (attributes: slots of SemEval-2015 Task 14 and "<slot>.span" with their cues), "Drug",
// "Strength", "Frequency", "Route", "EVENT", "TIMEX3", "DOCTIME", "SECTIONTIME".
// Relation types: "Treats" and "Causes" (drug to disorder), "Has_strength", "Has_frequency", "Has_route", "CONTAINS".
using SynthNote = Example;

// Which entries of the lexicon a note may use.
struct SynthVocabulary {
  const SynthLexicon* lexicon = nullptr;
  std::size_t task = 0;   // 0 to 4
  bool held_out = false;  // may use the entries that this task's training notes never use
  bool allows(std::size_t entry) const;
};

// Appends text and counts code points.
class NoteText {
 public:
  explicit NoteText(std::string& text) : text_(text) {}
  Span put(std::string_view text);
  // Fills "{key}" with values[key] and "{key=words}" with the words; returns the span of every key.
  std::map<std::string, Span> put_form(std::string_view form, const std::map<std::string, std::string>& values);
  std::size_t position() const { return position_; }

 private:
  std::string& text_;
  std::size_t position_ = 0;
};

SynthNote make_note(RandomStream& random, const SynthVocabulary& vocabulary, const std::string& id);

}  // namespace polyclinic
