#pragma once
// The ShARe corpus on disk (SemEval-2014 Task 7, SemEval-2015 Task 14): one text and one pipe file a note, side by
// side or in folders of their own: ID.text or ID.txt; ID.pipe or ID.pipe.txt.
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/example.h"
#include "tasks/official_text.h"

namespace polyclinic {

struct ShareNote {
  std::string id;
  std::filesystem::path annotation;  // empty when there is none
  Example example;                   // id and text
};

// All notes below `folder`, sorted by id. Texts that are not UTF-8, pipe files without a text and repeated ids are
// errors; CR in a text and a text without a pipe file are warnings. InputError when the folder is absent or without
// notes.
std::vector<ShareNote> read_share_notes(const std::filesystem::path& folder, Diagnostics& diagnostics);

// Reads one line of a pipe file into its note; `text_size` in characters.
using ReadShareLine = std::function<void(const Line& line, const Where& where, Example& note, std::size_t text_size,
                                         Diagnostics& diagnostics)>;
// The notes of <folder>/<split> with every line of their pipe files read that is not empty, mentions numbered T1, T2,
// ... and properties["document"] set to ID.txt where no line says otherwise. `carriage_return`: what CR LF line ends do
// to the official scorer, for the warning about them.
Split read_share_split(const std::filesystem::path& folder, const std::string& split,
                       const std::string& carriage_return, const ReadShareLine& read_line, Diagnostics& diagnostics);

// Column 1 of a note's lines, and the concept of a mention as it is written.
std::string share_document(const Example& note);
std::string share_concept(const Mention& mention);

// Name of the note that column 1 of a pipe file means: without ".txt", ".text" or ".pipe".
std::string share_note_id(std::string_view document);

// A CUI ("C" and 7 digits) or "CUI-less", in any case.
bool is_share_concept(std::string_view text);

// Fragments from decimal offsets begin, end, begin, end... Nothing, and an error, when they are no whole numbers, do
// not increase within a fragment, decrease between fragments or pass the end of the text.
std::vector<Span> share_fragments(const std::vector<std::string_view>& offsets, std::size_t text_size,
                                  const Where& where, Diagnostics& diagnostics);

}  // namespace polyclinic
