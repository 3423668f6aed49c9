#include "tasks/brat.h"

#include <algorithm>
#include <map>

#include "core/concat.h"
#include "core/files.h"
#include "tasks/code_points.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::string offsets_of(const BratEntity& entity) {
  std::string out;
  for (const Span& span : entity.fragments) out += concat(out.empty() ? "" : ";", span.begin, " ", span.end);
  return out;
}

// What an .ann file may hold between tabs on one line: line ends become blanks.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

}  // namespace

std::string format_brat(const BratDocument& document) {
  std::string out;
  for (const BratEntity& e : document.entities)
    out += concat(e.id, "\t", e.type, " ", offsets_of(e), "\t", e.text, "\n");
  for (const BratEvent& e : document.events) {
    out += concat(e.id, "\t", e.type, ":", e.trigger);
    for (const BratArgument& argument : e.arguments) out += concat(" ", argument.role, ":", argument.id);
    out += "\n";
  }
  for (const BratRelation& r : document.relations) {
    out += concat(r.id, "\t", r.type, " ", r.source.role, ":", r.source.id, " ", r.target.role, ":", r.target.id, "\n");
  }
  for (const BratAttribute& a : document.attributes) {
    out += concat(a.id, "\t", a.name, " ", a.target, a.value ? concat(" ", *a.value) : "", "\n");
  }
  for (const BratNormalisation& n : document.normalisations) {
    out += concat(n.id, "\t", n.type, " ", n.target, " ", n.database, ":", n.concept_id, "\t", n.text, "\n");
  }
  for (const BratNote& n : document.notes) out += concat(n.id, "\t", n.type, " ", n.target, "\t", n.text, "\n");
  for (const BratEquivalence& e : document.equivalences) {
    out += concat("*\t", e.type);
    for (const std::string& member : e.members) out += concat(" ", member);
    out += "\n";
  }
  return out;
}

Example brat_example(const BratDocument& document, std::string id, std::string text) {
  Example out;
  out.id = std::move(id);
  out.text = std::move(text);
  std::map<std::string, std::size_t> place;
  for (const BratEntity& entity : document.entities) {
    place[entity.id] = out.mentions.size();
    out.mentions.push_back({entity.id, entity.type, entity.fragments, {}, {}});
  }
  for (const BratEvent& event : document.events) {
    if (place.contains(event.trigger)) place[event.id] = place[event.trigger];
  }
  for (const BratRelation& r : document.relations) {
    const auto source = place.find(r.source.id), target = place.find(r.target.id);
    if (source == place.end() || target == place.end()) continue;
    out.relations.push_back({r.id, r.type, source->second, target->second});
  }
  for (const BratAttribute& a : document.attributes) {
    if (const auto found = place.find(a.target); found != place.end()) {
      out.mentions[found->second].attributes[a.name] = a.value.value_or("true");
    }
  }
  for (const BratNormalisation& n : document.normalisations) {
    const auto found = place.find(n.target);
    if (found == place.end() || !out.mentions[found->second].concept_id.empty()) continue;
    out.mentions[found->second].concept_id = concat(n.database, ":", n.concept_id);
  }
  return out;
}

BratDocument brat_document(const Example& example) {
  BratDocument out;
  const CodePoints points(example.text);
  std::size_t attribute = 0, normalisation = 0;
  for (std::size_t i = 0; i < example.mentions.size(); ++i) {
    const Mention& mention = example.mentions[i];
    BratEntity entity{concat("T", i + 1), mention.type, mention.fragments, "", 0};
    for (const Span& span : mention.fragments)
      entity.text += concat(entity.text.empty() ? "" : " ", points.slice(span));
    entity.text = one_line(entity.text);
    for (const auto& [name, value] : mention.attributes) {
      BratAttribute line{concat("A", ++attribute), name, entity.id, std::nullopt, 0};
      if (value != "true") line.value = value;
      out.attributes.push_back(std::move(line));
    }
    if (const std::size_t colon = mention.concept_id.find(':'); colon != std::string::npos) {
      out.normalisations.push_back({concat("N", ++normalisation), "Reference", entity.id,
                                    mention.concept_id.substr(0, colon), mention.concept_id.substr(colon + 1),
                                    entity.text, 0});
    }
    out.entities.push_back(std::move(entity));
  }
  for (std::size_t i = 0; i < example.relations.size(); ++i) {
    const Relation& r = example.relations[i];
    out.relations.push_back(
        {concat("R", i + 1), r.type, {"Arg1", concat("T", r.source + 1)}, {"Arg2", concat("T", r.target + 1)}, 0});
  }
  return out;
}

std::vector<Example> read_brat_folder(const fs::path& folder, Diagnostics& diagnostics) {
  std::vector<fs::path> texts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") texts.push_back(entry.path());
    if (entry.path().extension() == ".ann" && !fs::exists(fs::path(entry.path()).replace_extension(".txt"))) {
      diagnostics.error("an annotation without its text", {entry.path().string()},
                        "add the .txt file of the same name");
    }
  }
  std::sort(texts.begin(), texts.end());
  std::vector<Example> out;
  for (const fs::path& path : texts) {
    std::string text = read_file(path);
    if (const auto bad = first_invalid_byte(text)) {
      diagnostics.error("not UTF-8", {path.string(), line_of_byte(text, *bad)}, "save the file as UTF-8");
      continue;
    }
    if (const std::size_t cr = text.find('\r'); cr != std::string::npos) {
      diagnostics.warning("the text holds carriage returns, and offsets may or may not count them",
                          {path.string(), line_of_byte(text, cr)}, "convert the text to LF and annotate that");
    }
    const fs::path annotation = fs::path(path).replace_extension(".ann");
    BratDocument document;
    if (fs::exists(annotation)) {
      document = parse_brat(read_file(annotation), annotation.string(), diagnostics);
      check_brat(document, text, annotation.string(), diagnostics);
    } else {
      diagnostics.warning("a text without its annotation", {path.string()}, "add the .ann file of the same name");
    }
    out.push_back(brat_example(document, path.stem().string(), std::move(text)));
  }
  return out;
}

void write_brat_folder(const std::vector<Example>& examples, const fs::path& folder) {
  FileBatch files;
  for (const Example& example : examples) {
    files.put(folder / (example.id + ".ann"), format_brat(brat_document(example)));
    files.put(folder / (example.id + ".txt"), example.text);
  }
  files.finish();
}

}  // namespace polyclinic
