#pragma once
// SemEval-2016 Task 12, Clinical TempEval: times, events, their attributes and narrative containers in Anafora XML.
// Scored as bethard/anaforatools does.
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/anafora_views.h"
#include "tasks/example.h"
#include "tasks/scorer.h"

namespace polyclinic {

// One document of both sides.
struct AnaforaPair {
  std::string name;       // of the document
  std::string file_name;  // of the reference file, for file filters
  AnaforaData reference, predicted;
};

// subtask (the primary score): TS timex_f1, ES event_f1, TA timex_class_f1, EA event_attributes_f1 (the mean over
// modality, degree, polarity and type), DR docrel_f1, CR contains_f1 (with temporal closure, clinical notes alone).
// The text holds the two tables of the task: entities (TIMEX3 and EVENT without ContextualAspect and Permanence), then
// TLINK:Type:CONTAINS with closure.
ScoreReport score_semeval2016t12(const std::vector<AnaforaPair>& documents, const std::string& subtask,
                                 AnaforaVersion version);

// DOC/DOC.Temporal-Relation.<annotator>.completed.xml for each document.
void write_semeval2016t12(const Split& split, const std::filesystem::path& folder, const std::string& annotator);

}  // namespace polyclinic
