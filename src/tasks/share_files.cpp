#include "tasks/share_files.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/perl_text.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

struct Files {
  fs::path text, annotation;
};

bool drop_suffix(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix) || name.size() == suffix.size()) return false;
  name.resize(name.size() - suffix.size());
  return true;
}

void take(const fs::path& path, std::map<std::string, Files>& notes, Diagnostics& diagnostics) {
  std::string id = path.filename().string();
  if (id.starts_with('.') || id.ends_with('~')) return;
  const bool annotation = drop_suffix(id, ".pipe.txt") || drop_suffix(id, ".pipe");
  if (!annotation && !drop_suffix(id, ".text") && !drop_suffix(id, ".txt")) return;
  fs::path& slot = annotation ? notes[id].annotation : notes[id].text;
  if (!slot.empty()) {
    return diagnostics.error(concat("a second file of note ", id, ", beside ", slot.string()), {path.string()},
                             "keep one of the two");
  }
  slot = path;
}

}  // namespace

std::vector<ShareNote> read_share_notes(const fs::path& folder, Diagnostics& diagnostics) {
  if (!fs::is_directory(folder)) {
    throw InputError("no such folder", {folder.string()}, "set task.data.path to the folder with train, dev and test");
  }
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::map<std::string, Files> notes;
  for (const fs::path& path : paths) take(path, notes, diagnostics);
  if (notes.empty()) throw InputError("no note in this folder", {folder.string()}, "notes are ID.text and ID.pipe");
  std::vector<ShareNote> out;
  for (const auto& [id, files] : notes) {
    if (files.text.empty()) {
      diagnostics.error(concat("there is no text of note ", id), {files.annotation.string()},
                        concat("put ", id, ".text beside it"));
      continue;
    }
    ShareNote note{id, files.annotation, {}};
    note.example.id = id;
    note.example.text = read_file(files.text);
    if (const auto bad = first_invalid_byte(note.example.text)) {
      diagnostics.error(concat("byte ", *bad, " is not UTF-8"), {files.text.string()}, "convert the file to UTF-8");
      continue;
    }
    if (note.example.text.find('\r') != std::string::npos) {
      diagnostics.warning("the text has CR characters, and offsets count them", {files.text.string()},
                          "leave them only if the offsets were made with them");
    }
    if (files.annotation.empty()) {
      diagnostics.warning("no pipe file beside this text: read as a note without disorders", {files.text.string()},
                          concat("write an empty ", id, ".pipe if that is so"));
    }
    out.push_back(std::move(note));
  }
  return out;
}

namespace {

void read_pipe(const fs::path& path, const std::string& carriage_return, const ReadShareLine& read_line, Example& note,
               Diagnostics& diagnostics) {
  const std::string bytes = read_file(path);
  const std::size_t text_size = count_code_points(note.text);
  bool told = false;
  for (const Line& line : lines_of(bytes)) {
    if (line.carriage_return && !told) {
      diagnostics.warning("the file has CR LF line ends", {path.string(), line.number},
                          concat("write LF alone: ", carriage_return));
      told = true;
    }
    if (!line.text.empty()) read_line(line, {path.string(), line.number}, note, text_size, diagnostics);
  }
  for (std::size_t i = 0; i < note.mentions.size(); ++i) note.mentions[i].id = concat("T", i + 1);
}

}  // namespace

Split read_share_split(const fs::path& folder, const std::string& split, const std::string& carriage_return,
                       const ReadShareLine& read_line, Diagnostics& diagnostics) {
  Split result{split, {}};
  for (ShareNote& note : read_share_notes(folder / split, diagnostics)) {
    note.example.properties["document"] = note.id + ".txt";
    if (!note.annotation.empty()) read_pipe(note.annotation, carriage_return, read_line, note.example, diagnostics);
    result.examples.push_back(std::move(note.example));
  }
  return result;
}

std::string share_document(const Example& note) {
  const auto found = note.properties.find("document");
  return found == note.properties.end() ? note.id + ".txt" : found->second;
}

std::string share_concept(const Mention& mention) {
  return mention.concept_id.empty() ? "CUI-less" : mention.concept_id;
}

std::string share_note_id(std::string_view document) {
  std::string id(document);
  drop_suffix(id, ".txt") || drop_suffix(id, ".text");
  drop_suffix(id, ".pipe");
  return id;
}

bool is_share_concept(std::string_view text) {
  const std::string lower = ascii_lower(text);
  if (lower == "cui-less") return true;
  return lower.size() == 8 && lower[0] == 'c' &&
         std::all_of(lower.begin() + 1, lower.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<Span> share_fragments(const std::vector<std::string_view>& offsets, std::size_t text_size,
                                  const Where& where, Diagnostics& diagnostics) {
  std::vector<Span> fragments;
  std::size_t last = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const bool digits = !offsets[i].empty() && offsets[i].find_first_not_of("0123456789") == std::string_view::npos;
    const auto value = digits ? python_int(offsets[i]) : std::nullopt;
    const auto refuse = [&](const std::string& what, const std::string& mend) {
      diagnostics.error(what, where, mend);
      return std::vector<Span>{};
    };
    if (!value) {
      return refuse(concat("'", offsets[i], "' is no offset"), "write a whole number from 0 up");
    }
    const auto offset = static_cast<std::size_t>(*value);
    const bool begins = i % 2 == 0;
    if (offset < last || (!begins && offset == last)) {
      return refuse(concat("offset ", offset, " stands after ", last), "write the offsets in increasing order");
    }
    if (offset > text_size) {
      return refuse(concat("offset ", offset, " is past the end of the text (", text_size, " characters)"),
                    "count characters from 0, and do not convert the text's line ends");
    }
    if (begins) {
      fragments.push_back({offset, offset});
    } else {
      fragments.back().end = offset;
    }
    last = offset;
  }
  return fragments;
}

}  // namespace polyclinic
