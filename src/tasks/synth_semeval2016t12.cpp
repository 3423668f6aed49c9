#include "core/files.h"
#include "tasks/semeval2016t12.h"
#include "tasks/synth_writers.h"

namespace polyclinic {

void write_synth_semeval2016t12(const Split& notes, const std::filesystem::path& folder) {
  Split split{notes.name, {}};
  for (const Example& note : notes.examples) {
    split.examples.push_back(synth_layers(note, {"EVENT", "TIMEX3", "DOCTIME", "SECTIONTIME"}));
    write_file_atomic(folder / note.id / note.id, note.text);
  }
  write_semeval2016t12(split, folder, "gold");
}

}  // namespace polyclinic
