#pragma once
// The sentences of the made-up notes. In a form, "{key}" is filled in and "{slot.value=words}" is a cue: the words that
// give the sentence's disorders that slot value (SemEval-2015 Task 14).
//   dx dx2: a disorder known by its name; site head, site2 head: two disorders that share their head; site state: a
//   disorder in two pieces; drug drug2 strength route freq; proc find find2: never disorders; loc: body location;
//   date dur tod set post quant: times of the six classes of SemEval-2016 Task 12.
#include <string_view>
#include <vector>

namespace polyclinic {

struct SynthForm {
  std::string_view text;
  // DocTimeRel of the sentence's events; "GROUP": BEFORE/OVERLAP when the disorder is chronic, else OVERLAP.
  std::string_view doc_time;
};

struct SynthSection {
  std::string_view title;
  std::vector<SynthForm> forms;
  std::size_t most = 5;  // sentences
};

const std::vector<SynthSection>& synth_sections();

}  // namespace polyclinic
