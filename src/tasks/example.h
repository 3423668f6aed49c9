#pragma once
// What every task reader returns and every prediction writer takes. Offsets are Unicode code points of the untouched
// text, 0-based and end-exclusive, as in the official formats (reference: each task's own annotation guide); -> data/
// turns them into byte offsets once.
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace polyclinic {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  auto operator<=>(const Span&) const = default;
};

// One entity mention. Discontiguous when it has two or more fragments (increasing, not overlapping).
struct Mention {
  std::string id;                                 // as in the file, unique in its document; may be empty
  std::string type;                               // e.g. "Disease", "EVENT"
  std::vector<Span> fragments;                    // never empty
  std::map<std::string, std::string> attributes;  // e.g. "DocTimeRel" -> "BEFORE"
  std::string concept_id;                         // normalised concept: a CUI, "CUI-less", or empty
};

// A directed relation between two mentions of the same document.
struct Relation {
  std::string id;
  std::string type;
  std::size_t source = 0;  // index into Example::mentions
  std::size_t target = 0;
};

// One document, sentence or pair. A task fills what it has; absent parts stay empty.
struct Example {
  std::string id;           // document id, unique in its split
  std::string text;         // UTF-8, untouched
  std::string second_text;  // second half of a pair (question and comment), or empty
  std::string group;        // ranking: the query that this candidate belongs to
  std::vector<Mention> mentions;
  std::vector<Relation> relations;
  std::vector<std::string> labels;                // classification: one; multi-label: any number
  std::optional<double> score;                    // regression target, or a candidate's rank score
  std::map<std::string, std::string> properties;  // what a writer needs to write the file back (e.g. subtask, rank)
};

struct Split {
  std::string name;  // "train", "dev" or "test"
  std::vector<Example> examples;
};

}  // namespace polyclinic
