#pragma once
// One file a task: writes a made-up split in the task's official format into `folder`.
#include <filesystem>

#include "tasks/example.h"

namespace polyclinic {

// ID.text and ID.pipe.
void write_synth_semeval2014t7(const Split& notes, const std::filesystem::path& folder);
// ID.text and ID.pipe, 19 columns.
void write_synth_semeval2015t14(const Split& notes, const std::filesystem::path& folder);
// DOC/DOC and DOC/DOC.Temporal-Relation.gold.completed.xml.
void write_synth_semeval2016t12(const Split& notes, const std::filesystem::path& folder);
// Comments of make_synth_questions() as XML of subtasks A, B and C, of A alone and of D, with their relevancy files.
void write_synth_semeval2017t3(const Split& comments, const std::filesystem::path& folder);
// ID.txt and ID.ann: entities with fragments, relations, attributes (Negation and Uncertainty), normalisations and
// annotator notes.
void write_synth_brat(const Split& notes, const std::filesystem::path& folder);

// The mentions of these types and the relations between them, mentions by place in the text.
Example synth_layers(const Example& note, const std::vector<std::string>& types);

}  // namespace polyclinic
