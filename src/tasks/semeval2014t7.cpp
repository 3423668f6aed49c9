// Reader and writer of SemEval-2014 Task 7. Mention type "Disease_Disorder", concept_id the CUI as written.
// Example::properties["document"] is column 1 of the pipe file.
#include "tasks/semeval2014t7.h"

#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/perl_text.h"
#include "tasks/registry.h"
#include "tasks/share_files.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kType = "Disease_Disorder";

// The official scorer keeps the last line of a span, so the reader does.
void add_mention(Example& note, Mention mention, const Where& where, Diagnostics& diagnostics) {
  const auto same = std::find_if(note.mentions.begin(), note.mentions.end(),
                                 [&](const Mention& m) { return m.fragments == mention.fragments; });
  if (same == note.mentions.end()) return note.mentions.push_back(std::move(mention));
  diagnostics.warning(concat("this span is in the file twice, with ", same->concept_id, " and ", mention.concept_id),
                      where, "keep one line: the official scorer counts the last");
  same->concept_id = mention.concept_id;
}

void read_line(const Line& line, const Where& where, Example& note, std::size_t text_size, Diagnostics& diagnostics) {
  const std::vector<std::string_view> fields = perl_split(line.text, "||");
  if (fields.size() < 5 || fields.size() % 2 == 0) {
    return diagnostics.error(concat("a line has ", fields.size(), " fields"), where,
                             "write DocName||Disease_Disorder||CUI||start||end[||start||end]");
  }
  if (share_note_id(fields[0]) != note.id) {
    return diagnostics.error(concat("the line names the note '", fields[0], "'"), where,
                             concat("move it to the file of that note, or write ", note.id, ".txt"));
  }
  if (fields[1] != kType) {
    diagnostics.warning(concat("the type is '", fields[1], "'"), where, "write Disease_Disorder");
  }
  if (!is_share_concept(fields[2])) {
    return diagnostics.error(concat("'", fields[2], "' is no CUI"), where, "write C and 7 digits, or CUI-less");
  }
  const std::vector<std::string_view> offsets(fields.begin() + 3, fields.end());
  std::vector<Span> fragments = share_fragments(offsets, text_size, where, diagnostics);
  if (fragments.empty()) return;
  note.properties["document"] = fields[0];
  add_mention(note, {"", std::string(kType), std::move(fragments), {}, std::string(fields[2])}, where, diagnostics);
}

Split read_split(const TaskData& data, const std::string& name, Diagnostics& diagnostics) {
  return read_share_split(data.folder, name, "the official scorer takes the CR for a part of the last offset",
                          read_line, diagnostics);
}

std::string offsets_of(const Mention& mention, std::string_view separator) {
  std::string out;
  for (const Span& fragment : mention.fragments) {
    out += concat(out.empty() ? "" : separator, fragment.begin, separator, fragment.end);
  }
  return out;
}

DisorderTable table_of(const Split& split) {
  DisorderTable table;
  for (const Example& note : split.examples) {
    for (const Mention& mention : note.mentions) {
      table[share_document(note)][offsets_of(mention, "-")] = ascii_lower(share_concept(mention));
    }
  }
  return table;
}

std::string subtask_of(const TaskData& data) {
  if (data.subtask.empty() || data.subtask == "A" || data.subtask == "B") {
    return data.subtask.empty() ? "A" : data.subtask;
  }
  throw InputError(concat("semeval2014t7 has no subtask '", data.subtask, "'"), {.key = "task.subtask"},
                   "write A or B");
}

ScoreReport score_split(const TaskData& data, const Split& gold, const Split& predicted) {
  return score_semeval2014t7(table_of(gold), table_of(predicted), subtask_of(data));
}

}  // namespace

void write_semeval2014t7(const Split& split, const fs::path& folder) {
  FileBatch files;
  for (const Example& note : split.examples) {
    std::string out;
    for (const Mention& mention : note.mentions) {
      out += concat(share_document(note), "||", kType, "||", share_concept(mention), "||", offsets_of(mention, "||"),
                    "\n");
    }
    files.put(folder / (note.id + ".pipe"), out);
  }
  files.finish();
}

TaskDefinition semeval2014t7_task() {
  TaskDefinition task;
  task.name = "semeval2014t7";
  task.summary = "disorder mentions (A) and their CUIs (B) in clinical notes";
  task.primary_metric = "strict_f1";
  task.parts = {{"disorders", "ner", 1}, {"concepts", "normalisation", 1}};
  task.mention_scores = {{"concepts", "B"}};
  task.read = read_split;
  task.write = [](const TaskData&, const Split& predicted, const fs::path& folder) {
    write_semeval2014t7(predicted, folder);
  };
  task.score = score_split;
  return task;
}

}  // namespace polyclinic
