// Time of our scorers beside the official scripts on made-up documents. The official script is the user's own copy:
//   bench_scorers --task semeval2014t7 --official "perl eval.pl -n x -r 1 -t A -gold {gold} -input {pred}"
// Prints one JSON line; our time is the median of --repeat runs, reading of the files included.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "tasks/registry.h"
#include "tasks/semeval2016t12.h"
#include "tasks/synth.h"
#include "tasks/synth_writers.h"

namespace fs = std::filesystem;
using namespace polyclinic;

namespace {

double seconds(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A ShARe test note has about 60 disorders, a made-up one 18: three made-up notes' mentions make one document.
Split dense(const Split& notes) {
  Split out{notes.name, {}};
  for (std::size_t i = 0; i + 2 < notes.examples.size(); i += 3) {
    Example document = notes.examples[i];
    for (std::size_t part = 1; part < 3; ++part) {
      const Example& next = notes.examples[i + part];
      const std::size_t shift = 10000 * part, first = document.mentions.size();
      for (Mention mention : next.mentions) {
        mention.id.clear();
        for (Span& span : mention.fragments) span = {span.begin + shift, span.end + shift};
        document.mentions.push_back(std::move(mention));
      }
      for (Relation link : next.relations) {
        document.relations.push_back({"", link.type, link.source + first, link.target + first});
      }
    }
    out.examples.push_back(std::move(document));
  }
  return out;
}

// A system of middling quality: one mention in seven is missed, one in five is a character too long.
Split degraded(const Split& gold) {
  Split out = gold;
  RandomStream random(1, 2);
  for (Example& note : out.examples) {
    if (note.relations.empty()) std::erase_if(note.mentions, [&](const Mention&) { return random.below(7) == 0; });
    for (Mention& mention : note.mentions) {
      if (random.below(5) == 0) ++mention.fragments.back().end;
    }
  }
  return out;
}

std::string filled(std::string command, const std::string& key, const fs::path& value) {
  for (std::size_t at = command.find(key); at != std::string::npos; at = command.find(key)) {
    command.replace(at, key.size(), value.string());
  }
  return command;
}

struct Arguments {
  std::string task = "semeval2014t7", official;
  ScoreOptions options;
  std::vector<std::string> option_words;
  std::size_t documents = 1000, repeat = 5;
  fs::path folder = fs::temp_directory_path() / "polyclinic-bench-scorers";
};

void write_side(const Arguments& given, const Split& split, const fs::path& folder, const char* annotator) {
  if (given.task == "semeval2016t12") return write_semeval2016t12(split, folder, annotator);
  find_task(given.task).write({}, split, folder);
}

int run(const Arguments& given) {
  SynthOptions options;
  options.notes = given.documents * 3 * 10 / 7 + 10;
  Split gold = make_synth_split(options, given.task, "train");
  const std::vector<std::string> layers = given.task == "semeval2016t12"
                                              ? std::vector<std::string>{"EVENT", "TIMEX3", "DOCTIME", "SECTIONTIME"}
                                              : std::vector<std::string>{"Disorder"};
  for (Example& note : gold.examples) note = synth_layers(note, layers);
  gold = dense(gold);
  gold.examples.resize(std::min(gold.examples.size(), given.documents));
  remove_folder(given.folder);
  write_side(given, gold, given.folder / "gold", "gold");
  write_side(given, degraded(gold), given.folder / "pred", "system");
  std::vector<double> times;
  for (std::size_t i = 0; i < given.repeat; ++i) {
    times.push_back(seconds([&] { score(given.task, given.folder / "gold", given.folder / "pred", given.options); }));
  }
  std::sort(times.begin(), times.end());
  nlohmann::ordered_json line = {
      {"task", given.task}, {"documents", gold.examples.size()}, {"seconds", times[times.size() / 2]}};
  if (!given.official.empty()) {
    const std::string command =
        filled(filled(given.official, "{gold}", given.folder / "gold"), "{pred}", given.folder / "pred");
    int code = 0;
    line["official_seconds"] = seconds([&] { code = std::system(command.c_str()); });
    line["official_exit"] = code;
    line["times_faster"] = line["official_seconds"].get<double>() / line["seconds"].get<double>();
  }
  std::printf("%s\n", line.dump().c_str());
  remove_folder(given.folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments given;
  CLI::App program("Our scorers beside the official scripts");
  program.add_option("--task", given.task, "semeval2014t7, semeval2015t14 or semeval2016t12");
  program.add_option("--documents", given.documents, "how many");
  program.add_option("--repeat", given.repeat, "runs of ours; the median is printed");
  program.add_option("--official", given.official, "command of the official script, {gold} and {pred} for the folders");
  program.add_option("--option", given.option_words, "name=value of our scorer, e.g. subtask=2a");
  CLI11_PARSE(program, argc, argv);
  for (const std::string& word : given.option_words) {
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    given.options[word.substr(0, equals)] = word.substr(equals + 1);
  }
  try {
    return run(given);
  } catch (const Error& error) {
    std::fprintf(stderr, "bench_scorers: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
