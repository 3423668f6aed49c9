#pragma once
// Made-up community questions for SemEval-2017 Task 3. An answer is good when it names a drug of the group of the
// question's disorder, so that what the other tasks teach about drugs and disorders ranks the comments.
#include "tasks/synth_note.h"

namespace polyclinic {

// One example for each comment, in the order of the XML file: `questions` original questions with 10 threads of 10
// comments. text: the related question's body (with its disorder as a mention); second_text: the comment; group: the
// thread ("Q1_R1"); labels: relevance to the related question; properties: "orgq" and "relq" texts and relevances.
// Each ranked list holds a relevant candidate.
Split make_synth_questions(std::uint64_t seed, const SynthVocabulary& vocabulary, const std::string& split,
                           std::size_t first_question, std::size_t questions);

}  // namespace polyclinic
