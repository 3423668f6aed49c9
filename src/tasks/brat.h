#pragma once
// BRAT standoff, read generically: NAME.txt and NAME.ann (brat's standoff page; nlplab/brat server/src/annotation.py).
// Offsets are code points of the text as it lies on the disk; a text with carriage returns is read as it is, and a
// warning says so, since brat's own answer depends on its Python's universal newlines.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/diagnostics.h"
#include "tasks/example.h"

namespace polyclinic {

struct BratEntity {
  std::string id, type;
  std::vector<Span> fragments;
  std::string text;
  int line = 0;
};
struct BratArgument {
  std::string role, id;
};
struct BratRelation {
  std::string id, type;
  BratArgument source, target;
  int line = 0;
};
struct BratEvent {
  std::string id, type, trigger;
  std::vector<BratArgument> arguments;  // roles as written, e.g. "Theme2"
  int line = 0;
};
struct BratAttribute {  // also old "M" lines
  std::string id, name, target;
  std::optional<std::string> value;  // nothing: binary, true
  int line = 0;
};
struct BratNormalisation {
  std::string id, type, target, database, concept_id, text;
  int line = 0;
};
struct BratNote {
  std::string id, type, target, text;
  int line = 0;
};
struct BratEquivalence {
  std::string type;
  std::vector<std::string> members;
  int line = 0;
};

struct BratDocument {
  std::vector<BratEntity> entities;
  std::vector<BratRelation> relations;
  std::vector<BratEvent> events;
  std::vector<BratAttribute> attributes;
  std::vector<BratNormalisation> normalisations;
  std::vector<BratNote> notes;
  std::vector<BratEquivalence> equivalences;
};

// Lines of an .ann file. A defect goes to `diagnostics` and its line is left out; a line of no known kind is a warning.
BratDocument parse_brat(std::string_view annotation, const std::string& file, Diagnostics& diagnostics);

// Offsets against the text, text fields (blanks and line ends count as alike), and ids that others refer to. Removes
// what cannot stand.
void check_brat(BratDocument& document, std::string_view text, const std::string& file, Diagnostics& diagnostics);

// All lines, entities first; parse_brat() of it gives the same document.
std::string format_brat(const BratDocument& document);

// Mentions carry attributes by name ("true" for binary ones) and their first normalisation as "DB:ID". An argument that
// is an event stands for its trigger. Events, notes and equivalences stay in the BratDocument.
Example brat_example(const BratDocument& document, std::string id, std::string text);
// Entities, relations, attributes and normalisations of an example; ids are made where they are empty.
BratDocument brat_document(const Example& example);

// NAME.ann and NAME.txt of a folder, by name. A text without annotation is an example without mentions.
std::vector<Example> read_brat_folder(const std::filesystem::path& folder, Diagnostics& diagnostics);
// NAME.ann (and NAME.txt) of each example.
void write_brat_folder(const std::vector<Example>& examples, const std::filesystem::path& folder);

}  // namespace polyclinic
