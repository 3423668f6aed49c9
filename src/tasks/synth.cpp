#include "tasks/synth.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/nearest_name.h"
#include "tasks/official_text.h"
#include "tasks/synth_questions.h"
#include "tasks/synth_writers.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

struct SynthTask {
  std::string name;
  std::size_t number;        // which entries its training notes never use; its lexicon
  const char* note_pattern;  // of the note's number; null: questions, one for ten notes
  std::function<void(const Split&, const fs::path&)> write;
};

// One line a task; the order gives the numbers of lexicons and held-out words, so append only.
const std::vector<SynthTask>& synth_tasks() {
  static const std::vector<SynthTask> tasks = {
      {"semeval2014t7", 0, "%05zu-DISCHARGE_SUMMARY", write_synth_semeval2014t7},
      {"semeval2015t14", 1, "%05zu-DISCHARGE_SUMMARY", write_synth_semeval2015t14},
      {"semeval2016t12", 2, "ID%03zu_clinic_001", write_synth_semeval2016t12},
      {"semeval2017t3", 3, nullptr, write_synth_semeval2017t3},
      {"semeval2021t6", 4, "%05zu", write_synth_brat},
  };
  return tasks;
}

constexpr std::array<const char*, 3> kSplits = {"train", "dev", "test"};

std::size_t notes_in(std::size_t notes, std::size_t split) {
  const std::size_t held = std::max<std::size_t>(1, notes * 15 / 100);
  return split == 0 ? notes - 2 * held : held;
}

std::size_t shared_of_four(const std::string& transfer) {
  if (transfer == "none") return 0;
  if (transfer == "weak") return 2;
  if (transfer == "strong") return 4;
  throw InputError(concat("transfer cannot be '", transfer, "'"), {},
                   did_you_mean(transfer, {"none", "weak", "strong"}));
}

// The lexicon of every task.
std::vector<SynthLexicon> make_lexicons(const SynthOptions& options) {
  RandomStream random(options.seed, mix({0x1e71c0}));
  std::set<std::string> used;
  const SynthLexicon shared = make_lexicon(random, used);
  std::vector<SynthLexicon> out;
  for (std::size_t task = 0; task < 5; ++task) {
    out.push_back(blend(shared, make_lexicon(random, used), shared_of_four(options.transfer)));
  }
  return out;
}

Split make_split(const SynthOptions& options, const SynthTask& task, const SynthLexicon& lexicon, std::size_t split) {
  const SynthVocabulary vocabulary{&lexicon, task.number, split > 0};
  Split out{kSplits[split], {}};
  std::size_t number = 1;
  for (std::size_t before = 0; before < split; ++before) number += notes_in(options.notes, before);
  if (task.note_pattern == nullptr) {
    const std::size_t questions = std::max<std::size_t>(1, notes_in(options.notes, split) / 10);
    return make_synth_questions(options.seed, vocabulary, kSplits[split], number, questions);
  }
  for (std::size_t note = 0; note < notes_in(options.notes, split); ++note, ++number) {
    RandomStream random(options.seed, mix({0x107e, task.number, number}));
    const std::string id = printf_text(task.note_pattern, number);
    out.examples.push_back(make_note(random, vocabulary, id));
  }
  return out;
}

std::vector<const SynthTask*> chosen(const SynthOptions& options) {
  if (options.notes < 3) throw InputError("notes must be 3 or more", {}, "each of train, dev and test needs one");
  std::vector<const SynthTask*> out;
  for (const SynthTask& task : synth_tasks()) {
    if (options.task == "all" || options.task == task.name) out.push_back(&task);
  }
  if (out.empty()) {
    std::vector<std::string> names = synth_task_names();
    names.push_back("all");
    throw InputError(concat("no made-up corpus for the task '", options.task, "'"), {},
                     did_you_mean(options.task, names));
  }
  return out;
}

std::string concept_row(const SynthTerm& term, const std::string& name, std::size_t number) {
  return concat(term.concept_id, "|ENG|P|", printf_text("L%07zu|PF|S%07zu|Y|A%07zu", number, number, number),
                "||||MADEUP|PT|", term.concept_id.substr(1), "|", name, "|0|N||\n");
}

// Rows of UMLS's MRCONSO.RRF for all concepts of the lexicons, 18 columns each.
std::string terminology(const std::vector<SynthLexicon>& lexicons) {
  std::set<std::string> rows;
  std::string out;
  const auto add = [&](const SynthTerm& term, const std::string& name) {
    if (term.concept_id.empty() || term.concept_id == "CUI-less") return;
    if (rows.insert(concat(term.concept_id, "|", name)).second) out += concept_row(term, name, rows.size());
  };
  for (const SynthLexicon& lexicon : lexicons) {
    for (const SynthTerm& term : lexicon.disorders) {
      add(term, term.name);
      if (!term.abbreviation.empty()) add(term, term.abbreviation);
    }
    for (std::size_t site = 0; site < lexicon.sites.size(); ++site) {
      const SynthTerm& place = lexicon.sites[site];
      add(place, place.name);
      for (std::size_t h = 0; h < lexicon.heads.size(); ++h) {
        add({"", "", lexicon.head_concepts[site][h], 0}, concat(place.name, " ", lexicon.heads[h]));
      }
      for (std::size_t s = 0; s < lexicon.states.size(); ++s) {
        add({"", "", lexicon.state_concepts[site][s], 0}, concat(lexicon.states[s], " ", place.name));
      }
    }
  }
  return out;
}

// Names of the disorders that a split mentions.
std::set<std::string> disorder_words(const Split& split) {
  std::set<std::string> out;
  for (const Example& note : split.examples) {
    for (const Mention& mention : note.mentions) {
      if (mention.type == "Disorder" && mention.fragments.size() == 1) {
        const Span& span = mention.fragments.front();
        std::string word;
        std::size_t at = 0;
        for (const char c : note.text) {
          if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++at;
          if (at > span.begin && at <= span.end) word += c;
        }
        out.insert(word);
      }
    }
  }
  return out;
}

// Disorders that the task's training notes never name, by what the groups make of them.
nlohmann::ordered_json held_out(const SynthLexicon& lexicon, std::size_t task) {
  const SynthVocabulary training{&lexicon, task, false};
  nlohmann::ordered_json out = {{"chronic", nlohmann::json::array()}, {"acute", nlohmann::json::array()}};
  for (std::size_t i = 0; i < lexicon.disorders.size(); ++i) {
    if (training.allows(i)) continue;
    const SynthTerm& term = lexicon.disorders[i];
    nlohmann::ordered_json& names = out[is_chronic(term.group) ? "chronic" : "acute"];
    names.push_back(term.name);
    if (!term.abbreviation.empty()) names.push_back(term.abbreviation);
  }
  return out;
}

nlohmann::ordered_json known_answer(const std::vector<std::set<std::string>>& train,
                                    const std::vector<std::set<std::string>>& test, std::size_t task) {
  std::size_t own = 0, others = 0;
  for (const std::string& word : test[task]) {
    if (train[task].contains(word)) {
      ++own;
    } else {
      others += std::any_of(train.begin(), train.end(), [&](const auto& words) { return words.contains(word); });
    }
  }
  return {{"test_disorders", test[task].size()},
          {"in_own_training_notes", own},
          {"only_in_another_tasks_training_notes", others}};
}

void write_plain(const std::vector<Split>& splits, const fs::path& folder) {
  std::size_t number = 0;
  FileBatch files;
  for (const Split& split : splits) {
    for (const Example& note : split.examples) {
      const std::string text = note.second_text.empty() ? note.text : concat(note.text, "\n", note.second_text, "\n");
      files.put(folder / printf_text("%06zu.txt", ++number), text);
    }
  }
  files.finish();
}

}  // namespace

const std::vector<std::string>& synth_task_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const SynthTask& task : synth_tasks()) out.push_back(task.name);
    return out;
  }();
  return names;
}

Split make_synth_split(const SynthOptions& options, const std::string& task, const std::string& split) {
  SynthOptions one = options;
  one.task = task;
  const SynthTask& chosen_task = *chosen(one).front();
  const auto at = static_cast<std::size_t>(std::find(kSplits.begin(), kSplits.end(), split) - kSplits.begin());
  return make_split(options, chosen_task, make_lexicons(options)[chosen_task.number], at);
}

void write_synth(const SynthOptions& options) {
  const std::vector<const SynthTask*> tasks = chosen(options);
  const std::vector<SynthLexicon> lexicons = make_lexicons(options);
  std::vector<Split> train_notes;
  std::vector<std::set<std::string>> train, test;
  for (const SynthTask* task : tasks) {
    for (std::size_t split = 0; split < kSplits.size(); ++split) {
      if (options.plain && split > 0) continue;
      Split notes = make_split(options, *task, lexicons[task->number], split);
      if (!options.plain) task->write(notes, options.out / task->name / kSplits[split]);
      if (split == 0) train.push_back(disorder_words(notes));
      if (split == 2) test.push_back(disorder_words(notes));
      if (split == 0) train_notes.push_back(std::move(notes));
    }
  }
  if (options.plain) return write_plain(train_notes, options.out / "plain");
  nlohmann::ordered_json summary = {{"notes", options.notes}, {"seed", options.seed}, {"transfer", options.transfer}};
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    nlohmann::ordered_json& answer = summary["tasks"][tasks[i]->name];
    answer = known_answer(train, test, i);
    answer["held_out_disorders"] = held_out(lexicons[tasks[i]->number], tasks[i]->number);
  }
  write_file_atomic(options.out / "terminology" / "MRCONSO.RRF", terminology(lexicons));
  write_file_atomic(options.out / "synth.json", summary.dump(2) + "\n");
}

}  // namespace polyclinic
