#include "core/files.h"
#include "tasks/semeval2015t14.h"
#include "tasks/synth_writers.h"

namespace polyclinic {

void write_synth_semeval2015t14(const Split& notes, const std::filesystem::path& folder) {
  Split split{notes.name, {}};
  FileBatch files;
  for (const Example& note : notes.examples) {
    split.examples.push_back(synth_layers(note, {"Disorder"}));
    files.put(folder / (note.id + ".text"), note.text);
  }
  files.finish();
  write_semeval2015t14(split, folder);
}

}  // namespace polyclinic
