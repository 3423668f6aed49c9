// Reader and writer of SemEval-2015 Task 14. Mention type "Disease_Disorder". Attributes: each slot's value, and its
// cue as "<slot>.span" in the file's own form where there is one. Several body locations stand in one attribute
// "bodyloc" with blanks between, their cues likewise in "bodyloc.span".
#include "tasks/semeval2015t14.h"

#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/nearest_name.h"
#include "tasks/official_text.h"
#include "tasks/perl_text.h"
#include "tasks/registry.h"
#include "tasks/share_files.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kColumns = 5 + 2 * kShareSlots;

std::vector<Span> spans_of(std::string_view text, std::size_t text_size, const Where& where, Diagnostics& diagnostics) {
  std::vector<std::string_view> offsets;
  for (const std::string_view fragment : split(text, ',')) {
    const std::vector<std::string_view> ends = split(fragment, '-');
    if (ends.size() != 2) {
      diagnostics.error(concat("'", text, "' is no span"), where, "write start-end, fragments with commas between");
      return {};
    }
    offsets.insert(offsets.end(), ends.begin(), ends.end());
  }
  return share_fragments(offsets, text_size, where, diagnostics);
}

std::string spans_text(const Mention& mention) {
  std::string out;
  for (const Span& fragment : mention.fragments) {
    out += concat(out.empty() ? "" : ",", fragment.begin, "-", fragment.end);
  }
  return out;
}

// Sets one slot from its two columns; false, with an error, when they are wrong.
bool read_slot(const ShareSlot& slot, std::string_view value, std::string_view cue, Mention& mention,
               std::size_t text_size, const Where& where, Diagnostics& diagnostics) {
  // "null" throughout: a run of task 1 alone.
  const std::string name = value == "null" ? slot.fallback : ascii_lower(value);
  if (std::find(slot.values.begin(), slot.values.end(), name) == slot.values.end()) {
    diagnostics.error(concat(slot.name, " cannot be '", value, "'"), where, did_you_mean(name, slot.values));
    return false;
  }
  mention.attributes[slot.name] = name;
  if (cue == "null") return true;
  if (spans_of(cue, text_size, where, diagnostics).empty()) return false;
  mention.attributes[concat(slot.name, ".span")] = cue;
  return true;
}

bool read_location(std::string_view value, std::string_view cue, Mention& mention, std::size_t text_size,
                   const Where& where, Diagnostics& diagnostics) {
  mention.attributes[kBodyLocation] = value;
  if (value != "null" && !is_share_concept(value)) {
    diagnostics.error(concat("body location '", value, "' is no CUI"), where, "write C and 7 digits, or null");
    return false;
  }
  mention.attributes[concat(kBodyLocation, ".span")] = cue;
  return cue == "null" || !spans_of(cue, text_size, where, diagnostics).empty();
}

bool read_slots(const std::vector<std::string_view>& fields, Mention& mention, std::size_t text_size,
                const Where& where, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < kShareSlots; ++i) {
    const ShareSlot& slot = share_slots()[i];
    if (!read_slot(slot, fields[3 + 2 * i], fields[4 + 2 * i], mention, text_size, where, diagnostics)) return false;
  }
  return read_location(fields[kColumns - 2], fields[kColumns - 1], mention, text_size, where, diagnostics);
}

void default_slots(Mention& mention) {
  for (const ShareSlot& slot : share_slots()) mention.attributes[slot.name] = slot.fallback;
  mention.attributes[kBodyLocation] = "null";
  mention.attributes[concat(kBodyLocation, ".span")] = "null";
}

bool equal_but_location(const Mention& a, const Mention& b) {
  const auto bare = [](const Mention& mention) {
    auto attributes = mention.attributes;
    attributes.erase(kBodyLocation);
    attributes.erase(concat(kBodyLocation, ".span"));
    return attributes;
  };
  return a.concept_id == b.concept_id && bare(a) == bare(b);
}

// A further line of the same disorder adds a body location.
void add_mention(Example& note, Mention mention, const Where& where, Diagnostics& diagnostics) {
  const auto same = std::find_if(note.mentions.begin(), note.mentions.end(),
                                 [&](const Mention& m) { return m.fragments == mention.fragments; });
  if (same == note.mentions.end()) return note.mentions.push_back(std::move(mention));
  const std::string cue = concat(kBodyLocation, ".span");
  const std::string locations = concat(same->attributes[kBodyLocation], " ", mention.attributes[kBodyLocation]);
  const std::string cues = concat(same->attributes[cue], " ", mention.attributes[cue]);
  if (!equal_but_location(*same, mention)) {
    diagnostics.warning("this span is in the file twice, with other values", where,
                        "make the lines equal but for the body location: the official scorer counts the last");
  }
  mention.attributes[kBodyLocation] = locations;
  mention.attributes[cue] = cues;
  *same = std::move(mention);
}

void read_line(const Line& line, const Where& where, Example& note, std::size_t text_size, Diagnostics& diagnostics) {
  std::vector<std::string_view> fields = split(line.text, '|');
  if (fields.size() > 3 && fields.back().empty()) fields.pop_back();  // the README's trailing pipe
  if (fields.size() != 3 && fields.size() != kColumns) {
    return diagnostics.error(concat("a line has ", fields.size(), " columns"), where,
                             "write 19 columns with single pipes between, or 3 for task 1");
  }
  if (share_note_id(fields[0]) != note.id) {
    return diagnostics.error(concat("the line names the note '", fields[0], "'"), where,
                             concat("move it to the file of that note, or write ", note.id, ".txt"));
  }
  if (!is_share_concept(fields[2])) {
    return diagnostics.error(concat("'", fields[2], "' is no CUI"), where, "write C and 7 digits, or CUI-less");
  }
  Mention mention{
      "", "Disease_Disorder", spans_of(fields[1], text_size, where, diagnostics), {}, std::string(fields[2])};
  if (mention.fragments.empty()) return;
  default_slots(mention);
  if (fields.size() == kColumns && !read_slots(fields, mention, text_size, where, diagnostics)) return;
  note.properties["document"] = fields[0];
  if (fields.size() == 3) note.properties["columns"] = "3";
  add_mention(note, std::move(mention), where, diagnostics);
}

Split read_split(const TaskData& data, const std::string& name, Diagnostics& diagnostics) {
  return read_share_split(data.folder, name, "the official task 2 scorer takes the CR for a part of the last column",
                          read_line, diagnostics);
}

std::string attribute(const Mention& mention, const std::string& name, const std::string& fallback) {
  const auto found = mention.attributes.find(name);
  return found == mention.attributes.end() || found->second.empty() ? fallback : found->second;
}

std::string lines_of_mention(const Example& note, const Mention& mention, bool short_form) {
  std::string start = concat(share_document(note), "|", spans_text(mention), "|", share_concept(mention));
  if (short_form) return start + "\n";
  for (const ShareSlot& slot : share_slots()) {
    start += concat("|", attribute(mention, slot.name, slot.fallback), "|",
                    attribute(mention, concat(slot.name, ".span"), "null"));
  }
  const std::string values = attribute(mention, kBodyLocation, "null");
  const std::string cues = attribute(mention, concat(kBodyLocation, ".span"), "null");
  const std::vector<std::string_view> locations = split_blanks(values), places = split_blanks(cues);
  std::string out;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    out += concat(start, "|", locations[i], "|", i < places.size() ? places[i] : "null", "\n");
  }
  return out;
}

SlotTable table_of(const Split& split) {
  SlotTable table;
  for (const Example& note : split.examples) {
    for (const Mention& mention : note.mentions) {
      SlotDisorder disorder{
          spans_text(mention), ascii_lower(share_concept(mention)), std::vector<std::string>(kShareSlots), {}};
      for (std::size_t i = 0; i < kShareSlots; ++i) {
        disorder.slots[i] = ascii_lower(attribute(mention, share_slots()[i].name, share_slots()[i].fallback));
      }
      const std::string values = ascii_lower(attribute(mention, kBodyLocation, "null"));
      for (const std::string_view value : split_blanks(values)) disorder.body_locations.emplace(value);
      table[ascii_lower(share_document(note))][disorder.spans] = std::move(disorder);
    }
  }
  return table;
}

ScoreReport score_split(const TaskData& data, const Split& gold, const Split& predicted) {
  const std::string subtask = data.subtask.empty() ? "1" : ascii_lower(data.subtask);
  if (subtask != "1" && subtask != "2a" && subtask != "2b") {
    throw InputError(concat("semeval2015t14 has no subtask '", data.subtask, "'"), {.key = "task.subtask"},
                     "write 1, 2a or 2b");
  }
  return score_semeval2015t14(table_of(gold), table_of(predicted), subtask);
}

}  // namespace

void write_semeval2015t14(const Split& split, const fs::path& folder) {
  FileBatch files;
  for (const Example& note : split.examples) {
    const auto columns = note.properties.find("columns");
    const bool short_form = columns != note.properties.end() && columns->second == "3";
    std::string out;
    for (const Mention& mention : note.mentions) out += lines_of_mention(note, mention, short_form);
    files.put(folder / (note.id + ".pipe"), out);
  }
  files.finish();
}

TaskDefinition semeval2015t14_task() {
  TaskDefinition task;
  task.name = "semeval2015t14";
  task.summary = "disorders with CUIs (1) and their eight slots (2a, 2b) in clinical notes";
  task.primary_metric = "strict_f1";
  task.parts = {{"disorders", "ner", 1}, {"concepts", "normalisation", 1}, {"slots", "slots", 1}};
  task.mention_scores = {{"concepts", "1"}, {"slots", "2a"}};
  task.read = read_split;
  task.write = [](const TaskData&, const Split& predicted, const fs::path& folder) {
    write_semeval2015t14(predicted, folder);
  };
  task.score = score_split;
  return task;
}

}  // namespace polyclinic
