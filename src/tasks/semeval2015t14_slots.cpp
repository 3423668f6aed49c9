#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/perl_text.h"
#include "tasks/semeval2015t14.h"

namespace polyclinic {

namespace fs = std::filesystem;

const std::array<ShareSlot, kShareSlots>& share_slots() {
  static const std::array<ShareSlot, kShareSlots> slots = {{
      {"negation", "Negation", "no", {"no", "yes"}},
      {"subject", "Subject", "patient", {"patient", "family_member", "other", "donor_other"}},
      {"uncertainty", "Uncertainty", "no", {"no", "yes"}},
      {"course",
       "Course",
       "unmarked",
       {"unmarked", "increased", "improved", "worsened", "resolved", "decreased", "changed"}},
      {"severity", "Severity", "unmarked", {"unmarked", "slight", "moderate", "severe"}},
      {"conditional", "Conditional", "false", {"false", "true"}},
      {"generic", "Generic", "false", {"false", "true"}},
  }};
  return slots;
}

namespace {

// What task 1 reads of a line: Perl's split drops the empty fields at its end, and the first three columns count.
std::string_view three_columns(std::string_view line) {
  line = line.substr(0, line.find_last_not_of('|') + 1);
  std::size_t end = 0;
  for (int pipes = 0; pipes < 3; ++pipes) {
    end = line.find('|', end);
    if (end == std::string_view::npos) return line;
    ++end;
  }
  return line.substr(0, end - 1);
}

// Lines of one document follow each other, so the last document is kept.
struct Loader {
  SlotTable& table;
  bool task_two;
  SlotTable::iterator document;
  std::vector<std::string_view> fields;

  std::string_view field(std::size_t i) const { return i < fields.size() ? fields[i] : std::string_view(); }

  void load(std::string_view line) {
    perl_split_to_scalars(task_two ? line : three_columns(line), "|", fields);
    if (fields.size() < 2) return;
    if (document == table.end() || document->first != fields[0]) {
      document = table.try_emplace(std::string(fields[0])).first;
    }
    SlotDisorder& disorder = document->second[std::string(fields[1])];
    disorder.spans = fields[1];
    disorder.concept_id = field(2);
    if (!task_two) return;
    disorder.slots.resize(kShareSlots);
    for (std::size_t slot = 0; slot < kShareSlots; ++slot) disorder.slots[slot] = field(3 + 2 * slot);
    disorder.body_locations.emplace(field(17));
  }
};

void load_file(const fs::path& path, bool task_two, SlotTable& table) {
  const std::string bytes = ascii_lower(read_file(path));
  Loader loader{table, task_two, table.end(), {}};
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string_view line(bytes.data() + at, end - at);
    if (!task_two && end < bytes.size() && line.ends_with('\r')) line.remove_suffix(1);
    loader.load(line);
    at = end + 1;
  }
}

}  // namespace

SlotTable load_semeval2015t14(const fs::path& path, bool task_two) {
  SlotTable table;
  if (!fs::exists(path)) {
    throw InputError("no such folder", {path.string()}, "give the folder that holds the .pipe files");
  }
  std::vector<fs::path> files;
  if (!fs::is_directory(path)) {
    files.push_back(path);
  } else {
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      if (name.find(".pipe") != std::string::npos && !entry.is_directory()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  }
  for (const fs::path& file : files) load_file(file, task_two, table);
  return table;
}

}  // namespace polyclinic
