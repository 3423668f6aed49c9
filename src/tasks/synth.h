#pragma once
// Made-up corpora of the five target tasks in their official file formats (`polyclinic data synth`). What one task
// teaches about another is set by `transfer`:
//   none    each task has words of its own, and groups drawn anew: nothing that one corpus says helps with another
//   weak    half of the words, with their groups, are shared by all tasks
//   strong  all words are shared
// A task's training notes never use two fifths of its words, and other ones than the next task's: so with shared words
// the other tasks teach what its own training notes leave out. synth.json beside the corpora holds how many of the
// test disorders the task's own training notes hold, how many only another task's do, and which disorders, chronic or
// acute, they never name. The BRAT notes name that type, which decides DocTimeRel in semeval2016t12.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/synth_note.h"

namespace polyclinic {

struct SynthOptions {
  std::string task = "all";  // or one name of synth_task_names()
  std::size_t notes = 100;   // of each task, over train (70 %), dev and test (15 % each, at least one); a question with
                             // its 10 threads of 10 comments stands for ten notes
  std::uint64_t seed = 1;
  std::string transfer = "strong";  // none, weak, strong
  std::filesystem::path out;        // gets <task>/<split>/..., terminology/MRCONSO.RRF, synth.json
  bool plain = false;               // nothing but the training texts, plain/*.txt: for language-model pre-training
};

const std::vector<std::string>& synth_task_names();

// Writes all files; the same options give the same bytes. InputError on a bad option.
void write_synth(const SynthOptions& options);

// The split of one task with all layers of annotation. For tests.
Split make_synth_split(const SynthOptions& options, const std::string& task, const std::string& split);

}  // namespace polyclinic
