#include <algorithm>

#include "core/concat.h"
#include "core/files.h"
#include "tasks/code_points.h"
#include "tasks/synth_writers.h"

namespace polyclinic {
namespace {

std::string text_bound(const CodePoints& text, const Mention& mention, std::size_t number) {
  std::string offsets, words;
  for (const Span& fragment : mention.fragments) {
    offsets += concat(offsets.empty() ? "" : ";", fragment.begin, " ", fragment.end);
    words += concat(words.empty() ? "" : " ", text.slice(fragment));
  }
  const bool chronic = mention.attributes.contains("chronic");
  return concat("T", number, "\t", chronic ? "Chronic_disorder" : mention.type, " ", offsets, "\t", words, "\n");
}

std::string annotations(const Example& note) {
  const CodePoints text(note.text);
  std::string entities, relations, attributes, concepts, notes;
  std::size_t attribute = 0, reference = 0, remark = 0;
  for (std::size_t i = 0; i < note.mentions.size(); ++i) {
    const Mention& mention = note.mentions[i];
    const std::size_t number = i + 1;
    entities += text_bound(text, mention, number);
    for (const auto& [slot, name] : {std::pair{"negation", "Negation"}, {"uncertainty", "Uncertainty"}}) {
      if (mention.attributes.contains(slot)) attributes += concat("A", ++attribute, "\t", name, " T", number, "\n");
    }
    if (mention.concept_id.empty()) continue;
    if (mention.concept_id == "CUI-less") {
      notes += concat("#", ++remark, "\tAnnotatorNotes T", number, "\tno concept fits\n");
    } else {
      concepts += concat("N", ++reference, "\tReference T", number, " UMLS:", mention.concept_id, "\t",
                         text.slice(mention.fragments.front()), "\n");
    }
  }
  std::size_t relation = 0;
  for (const Relation& link : note.relations) {
    relations += concat("R", ++relation, "\t", link.type, " Arg1:T", link.source + 1, " Arg2:T", link.target + 1, "\n");
  }
  return entities + relations + attributes + concepts + notes;
}

}  // namespace

Example synth_layers(const Example& note, const std::vector<std::string>& types) {
  Example out = note;
  out.mentions.clear();
  out.relations.clear();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < note.mentions.size(); ++i) {
    if (std::find(types.begin(), types.end(), note.mentions[i].type) != types.end()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return note.mentions[a].fragments.front() < note.mentions[b].fragments.front();
  });
  std::vector<std::size_t> place(note.mentions.size(), note.mentions.size());
  for (const std::size_t at : order) {
    place[at] = out.mentions.size();
    out.mentions.push_back(note.mentions[at]);
  }
  for (const Relation& relation : note.relations) {
    if (place[relation.source] == note.mentions.size() || place[relation.target] == note.mentions.size()) continue;
    out.relations.push_back({relation.id, relation.type, place[relation.source], place[relation.target]});
  }
  return out;
}

void write_synth_brat(const Split& notes, const std::filesystem::path& folder) {
  FileBatch files;
  for (const Example& note : notes.examples) {
    const Example layers = synth_layers(note, {"Disorder", "Drug", "Strength", "Frequency", "Route"});
    files.put(folder / (note.id + ".txt"), note.text);
    files.put(folder / (note.id + ".ann"), annotations(layers));
  }
  files.finish();
}

}  // namespace polyclinic
