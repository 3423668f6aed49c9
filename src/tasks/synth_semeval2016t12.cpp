#include "core/files.h"
#include "tasks/semeval2016t12.h"
#include "tasks/synth_writers.h"

namespace polyclinic {

void write_synth_semeval2016t12(const Split& notes, const std::filesystem::path& folder) {
  Split split{notes.name, {}};
  FileBatch files;
  for (const Example& note : notes.examples) {
    split.examples.push_back(synth_layers(note, {"EVENT", "TIMEX3", "DOCTIME", "SECTIONTIME"}));
    files.put(folder / note.id / note.id, note.text);
  }
  files.finish();
  write_semeval2016t12(split, folder, "gold");
}

}  // namespace polyclinic
