#include "core/files.h"
#include "tasks/semeval2014t7.h"
#include "tasks/synth_writers.h"

namespace polyclinic {

void write_synth_semeval2014t7(const Split& notes, const std::filesystem::path& folder) {
  Split split{notes.name, {}};
  FileBatch files;
  for (const Example& note : notes.examples) {
    split.examples.push_back(synth_layers(note, {"Disorder"}));
    files.put(folder / (note.id + ".text"), note.text);
  }
  files.finish();
  write_semeval2014t7(split, folder);
}

}  // namespace polyclinic
