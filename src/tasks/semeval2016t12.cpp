// Reader and writer of SemEval-2016 Task 12: <split>/DOC/DOC (text) and <split>/DOC/DOC.Temporal-*.xml. Mentions: all
// entities, attributes as the file's properties. Relations: TLINK as its Type ("CONTAINS"), ALINK as "ALINK:" and its
// Type. Format "byte_offsets": spans count bytes (the public silver corpus), and are turned into code points.
#include "tasks/semeval2016t12.h"

#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/code_points.h"
#include "tasks/perl_text.h"
#include "tasks/registry.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder, bool folders) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (entry.is_directory() == folders && !hidden) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class DocumentReader {
 public:
  DocumentReader(const fs::path& path, bool byte_offsets, Example& note, Diagnostics& diagnostics)
      : path_(path), byte_offsets_(byte_offsets), note_(note), text_(note.text), diagnostics_(diagnostics) {}

  void read(const AnaforaData& data) {
    for (const AnaforaAnnotation& annotation : data.annotations) {
      if (annotation.id.empty() || annotation.id == kNoAnaforaId) {
        diagnostics_.error("an annotation has no id", {path_.string(), annotation.line},
                           "give each an <id> of its own");
      }
      if (!annotation.is_relation) read_entity(annotation);
    }
    for (const AnaforaAnnotation& annotation : data.annotations) {
      if (annotation.is_relation) read_relation(annotation);
    }
  }

 private:
  Where where(const AnaforaAnnotation& annotation) const { return {path_.string(), annotation.line, 0, annotation.id}; }

  std::optional<std::size_t> offset(long long value) const {
    if (value < 0) return std::nullopt;
    const auto at = static_cast<std::size_t>(value);
    if (byte_offsets_) return text_.at_byte(at);
    return at <= text_.size() ? std::optional(at) : std::nullopt;
  }

  std::vector<Span> fragments(const AnaforaAnnotation& entity) {
    const auto spans = entity.span ? anafora_spans(*entity.span) : std::nullopt;
    if (!spans) {
      diagnostics_.error(concat("the span is '", entity.span.value_or(""), "'"), where(entity),
                         "write start,end; pieces with semicolons between");
      return {};
    }
    std::vector<Span> out;
    for (const auto& [first, last] : *spans) {
      const auto begin = offset(first), end = offset(last);
      if (!begin || !end || *begin >= *end) {
        diagnostics_.error(concat("the span ", first, ",", last, " is empty or outside the text (", text_.size(),
                                  byte_offsets_ ? " characters, and offsets are bytes)" : " characters)"),
                           where(entity), "count characters of the untouched text from 0, the end exclusive");
        return {};
      }
      out.push_back({*begin, *end});
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  void read_entity(const AnaforaAnnotation& entity) {
    std::vector<Span> spans = fragments(entity);
    if (spans.empty()) return;
    Mention mention{entity.id, entity.type, std::move(spans), {}, {}};
    for (const auto& [name, value] : entity.properties) mention.attributes[name] = value.value_or("");
    place_[entity.id] = note_.mentions.size();
    note_.mentions.push_back(std::move(mention));
  }

  std::optional<std::size_t> argument(const AnaforaAnnotation& relation, const std::string& name) {
    const auto found = relation.properties.find(name);
    const std::string id = found == relation.properties.end() ? "" : found->second.value_or("");
    const auto at = place_.find(id);
    if (at != place_.end()) return at->second;
    diagnostics_.error(concat(name, " names '", id, "', and there is no such entity"), where(relation),
                       concat("mend the ", name, " or remove the relation"));
    return std::nullopt;
  }

  void read_relation(const AnaforaAnnotation& relation) {
    const auto type = relation.properties.find("Type");
    if (type == relation.properties.end() || !type->second) {
      return diagnostics_.error("the relation has no Type", where(relation), "write <Type>CONTAINS</Type>, say");
    }
    const auto source = argument(relation, "Source");
    if (!source) return;
    const auto target = argument(relation, "Target");
    if (!target) return;
    const std::string prefix = relation.type == "TLINK" ? "" : relation.type + ":";
    note_.relations.push_back({relation.id, prefix + *type->second, *source, *target});
  }

  const fs::path& path_;
  bool byte_offsets_;
  Example& note_;
  CodePoints text_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::size_t> place_;
};

// The document's annotation: DOC.Temporal-*.xml, not of work in progress; the first by name.
std::optional<fs::path> annotation_of(const fs::path& folder) {
  for (const fs::path& path : entries(folder, false)) {
    const std::string name = path.filename().string();
    if (name.starts_with(folder.filename().string() + ".Temporal") && name.ends_with(".xml") &&
        name.find(".inprogress.") == std::string::npos && name.find(".preannotation.") == std::string::npos) {
      return path;
    }
  }
  return std::nullopt;
}

bool read_text(const fs::path& folder, Example& note, Diagnostics& diagnostics) {
  const fs::path path = folder / note.id;
  if (!fs::is_regular_file(path)) {
    diagnostics.error("the document has no text", {path.string()},
                      "put the note's text there: the annotation alone cannot be read");
    return false;
  }
  note.text = read_file(path);
  if (const auto bad = first_invalid_byte(note.text)) {
    diagnostics.error(concat("byte ", *bad, " is not UTF-8"), {path.string()}, "convert the file to UTF-8");
    return false;
  }
  return true;
}

Split read_split(const TaskData& data, const std::string& name, Diagnostics& diagnostics) {
  const fs::path root = data.folder / name;
  if (!fs::is_directory(root)) {
    throw InputError("no such folder", {root.string()}, "set task.data.path to the folder with train, dev and test");
  }
  if (!data.format.empty() && data.format != "anafora" && data.format != "byte_offsets") {
    throw InputError(concat("semeval2016t12 has no format '", data.format, "'"), {.key = "task.data.format"},
                     "write anafora or byte_offsets");
  }
  Split split{name, {}};
  for (const fs::path& folder : entries(root, true)) {
    Example note;
    note.id = folder.filename().string();
    if (!read_text(folder, note, diagnostics)) continue;
    if (const auto path = annotation_of(folder)) {
      try {
        const AnaforaData annotations = parse_anafora(read_file(*path), *path);
        DocumentReader(*path, data.format == "byte_offsets", note, diagnostics).read(annotations);
      } catch (const InputError& error) {
        diagnostics.error(std::string(error.what()).substr(to_string(error.where()).size() + 2), error.where());
        continue;
      }
    }
    split.examples.push_back(std::move(note));
  }
  if (split.examples.empty()) {
    throw InputError("no document in this folder", {root.string()}, "documents are DOC/DOC and DOC/DOC.Temporal-*.xml");
  }
  return split;
}

std::string span_text(const Mention& mention) {
  std::string out;
  for (const Span& span : mention.fragments) out += concat(out.empty() ? "" : ";", span.begin, ",", span.end);
  return out;
}

AnaforaData data_of(const Example& note, const std::string& annotator) {
  AnaforaData data;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < note.mentions.size(); ++i) {
    const Mention& mention = note.mentions[i];
    const bool own = mention.id.find('@') != std::string::npos && !data.place.contains(mention.id);
    ids.push_back(own ? mention.id : concat(i + 1, "@e@", note.id, "@", annotator));
    AnaforaAnnotation entity{ids.back(), false, mention.type, "TemporalEntities", span_text(mention), {}, 0};
    for (const auto& [name, value] : mention.attributes) {
      entity.properties[name] = value.empty() ? OptionalText() : OptionalText(value);
    }
    data.add(std::move(entity));
  }
  for (std::size_t i = 0; i < note.relations.size(); ++i) {
    const Relation& link = note.relations[i];
    const std::size_t colon = link.type.find(':');
    const bool own = link.id.find('@') != std::string::npos && !data.place.contains(link.id);
    AnaforaAnnotation relation{own ? link.id : concat(i + 1, "@r@", note.id, "@", annotator),
                               true,
                               colon == std::string::npos ? "TLINK" : link.type.substr(0, colon),
                               "TemporalRelations",
                               std::nullopt,
                               {},
                               0};
    relation.properties = {{"Source", ids[link.source]},
                           {"Type", colon == std::string::npos ? link.type : link.type.substr(colon + 1)},
                           {"Target", ids[link.target]}};
    data.add(std::move(relation));
  }
  return data;
}

ScoreReport score_split(const TaskData& data, const Split& gold, const Split& predicted) {
  std::map<std::string, const Example*> answers;
  for (const Example& note : predicted.examples) answers[note.id] = &note;
  std::vector<AnaforaPair> documents;
  for (const Example& note : gold.examples) {
    AnaforaPair pair{note.id, note.id + ".Temporal-Relation.gold.completed.xml", data_of(note, "gold"), {}};
    if (answers.contains(note.id)) pair.predicted = data_of(*answers[note.id], "system");
    documents.push_back(std::move(pair));
  }
  return score_semeval2016t12(documents, data.subtask.empty() ? "DR" : data.subtask, AnaforaVersion::current);
}

}  // namespace

void write_semeval2016t12(const Split& split, const fs::path& folder, const std::string& annotator) {
  FileBatch files;
  for (const Example& note : split.examples) {
    files.put(folder / note.id / concat(note.id, ".Temporal-Relation.", annotator, ".completed.xml"),
              anafora_text(data_of(note, annotator)));
  }
  files.finish();
}

TaskDefinition semeval2016t12_task() {
  TaskDefinition task;
  task.name = "semeval2016t12";
  task.summary = "Clinical TempEval: times, events, attributes, DocTimeRel and narrative containers";
  task.primary_metric = "docrel_f1";
  task.parts = {{"mentions", "ner", 2}, {"temporal", "temporal", 2}};
  task.mention_scores = {{"DocTimeRel", "DR"}, {"attributes", "EA"}, {"containers", "CR"}};
  task.read = read_split;
  task.write = [](const TaskData&, const Split& predicted, const fs::path& folder) {
    write_semeval2016t12(predicted, folder, "system");
  };
  task.score = score_split;
  return task;
}

}  // namespace polyclinic
