#pragma once
// The ShARe corpus on disk (SemEval-2014 Task 7, SemEval-2015 Task 14): one text and one pipe file a note, side by
// side or in folders of their own: ID.text or ID.txt; ID.pipe or ID.pipe.txt.
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/example.h"

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

// Name of the note that column 1 of a pipe file means: without ".txt", ".text" or ".pipe".
std::string share_note_id(std::string_view document);

// A CUI ("C" and 7 digits) or "CUI-less", in any case.
bool is_share_concept(std::string_view text);

// Fragments from decimal offsets begin, end, begin, end... Nothing, and an error, when they are no whole numbers, do
// not increase within a fragment, decrease between fragments or pass the end of the text.
std::vector<Span> share_fragments(const std::vector<std::string_view>& offsets, std::size_t text_size,
                                  const Where& where, Diagnostics& diagnostics);

}  // namespace polyclinic
