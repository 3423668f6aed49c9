#include "cli/predicted_text.h"

#include <algorithm>
#include <filesystem>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/brat.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

bool is_cui(const std::string& name) {
  return name.size() > 1 && name[0] == 'C' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

nlohmann::ordered_json mention_json(const Mention& mention, const BratEntity& entity) {
  nlohmann::ordered_json spans = nlohmann::ordered_json::array();
  for (const Span& span : mention.fragments) spans.push_back({span.begin, span.end});
  nlohmann::ordered_json out = {{"id", entity.id}, {"type", mention.type}, {"spans", spans}, {"text", entity.text}};
  if (!mention.attributes.empty()) out["attributes"] = mention.attributes;
  if (!mention.concept_id.empty()) out["concept"] = mention.concept_id;
  return out;
}

}  // namespace

nlohmann::ordered_json annotation_json(const Example& example) {
  const BratDocument document = brat_document(example);
  nlohmann::ordered_json out = {{"id", example.id}, {"mentions", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < example.mentions.size(); ++i) {
    out["mentions"].push_back(mention_json(example.mentions[i], document.entities[i]));
  }
  for (const BratRelation& relation : document.relations) {
    out["relations"].push_back(
        {{"type", relation.type}, {"source", relation.source.id}, {"target", relation.target.id}});
  }
  if (!example.labels.empty()) out["labels"] = example.labels;
  if (example.score) out["score"] = *example.score;
  return out;
}

std::string annotation_brat(const Example& example) {
  if (!example.labels.empty() || example.score) {
    throw InputError("the run predicts labels, which BRAT files cannot hold", {example.id},
                     "give --text or --file, which print JSON");
  }
  Example written = example;
  for (Mention& mention : written.mentions) {
    if (is_cui(mention.concept_id)) mention.concept_id = concat("UMLS:", mention.concept_id);
  }
  return format_brat(brat_document(written));
}

Example plain_note(const std::string& id, std::string text) {
  require_utf8(text, {id});
  Example example;
  example.id = id;
  example.text = std::move(text);
  return example;
}

Example plain_pair(const std::string& id, std::string text, std::string second) {
  require_utf8(second, {id});
  Example example = plain_note(id, std::move(text));
  example.second_text = std::move(second);
  example.group = "text";
  return example;
}

std::vector<Example> read_plain_notes(const std::string& folder) {
  if (!fs::is_directory(folder)) throw InputError("is no folder", {folder}, "name a folder of .txt files");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  if (files.empty()) throw InputError("no .txt file in the folder", {folder}, "BRAT names its texts NAME.txt");
  std::sort(files.begin(), files.end());
  std::vector<Example> notes;
  for (const fs::path& file : files) {
    notes.push_back(plain_note(file.string(), read_file(file)));
    notes.back().id = file.stem().string();
  }
  return notes;
}

}  // namespace polyclinic
