#include "tasks/synth.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"
#include "tasks/code_points.h"
#include "tasks/registry.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

SynthOptions options_for(const fs::path& out, const std::string& transfer = "strong") {
  SynthOptions options;
  options.notes = 12;
  options.seed = 7;
  options.transfer = transfer;
  options.out = out;
  return options;
}

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) out[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return out;
}

TEST(Synth, TheSameSeedGivesTheSameBytes) {
  const TemporaryFolder one, two, three;
  write_synth(options_for(one.path()));
  write_synth(options_for(two.path()));
  SynthOptions other = options_for(three.path());
  other.seed = 8;
  write_synth(other);
  const auto files = files_of(one.path());
  EXPECT_GT(files.size(), 40u);
  EXPECT_EQ(files, files_of(two.path()));
  EXPECT_NE(files, files_of(three.path()));
}

// Each mention holds whole words, and discontiguous ones are as frequent as in the ShARe corpus (8 to 11 %).
TEST(Synth, MentionsHoldWords) {
  SynthOptions options = options_for({});
  options.notes = 100;
  const Split split = make_synth_split(options, "semeval2014t7", "train");
  double disorders = 0, discontiguous = 0;
  for (const Example& note : split.examples) {
    const CodePoints text(note.text);
    for (const Mention& mention : note.mentions) {
      for (const Span& span : mention.fragments) {
        const std::string_view words = text.slice(span);
        EXPECT_FALSE(words.empty() || words.front() == ' ' || words.back() == ' ') << note.id << " '" << words << "'";
        EXPECT_EQ(words.find('\n'), std::string_view::npos);
      }
      if (mention.type != "Disorder") continue;
      disorders += 1;
      discontiguous += mention.fragments.size() > 1;
    }
  }
  EXPECT_GT(discontiguous / disorders, 0.05);
  EXPECT_LT(discontiguous / disorders, 0.15);
}

std::set<std::string> disorder_words(const Split& split) {
  std::set<std::string> out;
  for (const Example& note : split.examples) {
    const CodePoints text(note.text);
    for (const Mention& mention : note.mentions) {
      if (mention.type == "Disorder") out.emplace(text.slice(mention.fragments.front()));
    }
  }
  return out;
}

std::size_t common(const std::set<std::string>& one, const std::set<std::string>& other) {
  return static_cast<std::size_t>(
      std::count_if(one.begin(), one.end(), [&](const std::string& word) { return other.contains(word); }));
}

TEST(Synth, TransferSetsHowManyWordsAreShared) {
  std::map<std::string, std::size_t> shared;
  for (const char* transfer : {"none", "weak", "strong"}) {
    SynthOptions options = options_for({}, transfer);
    options.notes = 60;
    shared[transfer] = common(disorder_words(make_synth_split(options, "semeval2014t7", "test")),
                              disorder_words(make_synth_split(options, "semeval2021t6", "train")));
  }
  EXPECT_EQ(shared["none"], 0u);
  EXPECT_GT(shared["weak"], 0u);
  EXPECT_GT(shared["strong"], shared["weak"]);
}

TEST(Synth, TrainingNotesLeaveWordsOut) {
  SynthOptions options = options_for({});
  options.notes = 200;
  const auto train = disorder_words(make_synth_split(options, "semeval2014t7", "train"));
  const auto test = disorder_words(make_synth_split(options, "semeval2014t7", "test"));
  EXPECT_LT(common(test, train), test.size());
}

TEST(Synth, TreatsFollowsTheGroups) {
  SynthOptions options = options_for({});
  const Split split = make_synth_split(options, "semeval2021t6", "train");
  std::size_t treats = 0;
  for (const Example& note : split.examples) {
    for (const Relation& relation : note.relations) {
      if (relation.type != "Treats") continue;
      ++treats;
      EXPECT_EQ(note.mentions[relation.source].type, "Drug");
      EXPECT_EQ(note.mentions[relation.target].type, "Disorder");
    }
  }
  EXPECT_GT(treats, 0u);
}

// By word, the types that the BRAT notes' training split gives it.
std::map<std::string, std::set<std::string>> brat_types(const fs::path& data) {
  std::map<std::string, std::set<std::string>> out;
  for (const auto& [name, text] : files_of(data / "semeval2021t6" / "train")) {
    if (!name.ends_with(".ann")) continue;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line[0] != 'T') continue;
      const std::size_t type = line.find('\t') + 1;
      out[line.substr(line.rfind('\t') + 1)].insert(line.substr(type, line.find(' ') - type));
    }
  }
  return out;
}

// The known answer: what a task's training notes leave out is in synth.json by type, and with shared words the BRAT
// notes name the type, which decides DocTimeRel.
TEST(Synth, ATypeThatAnotherTaskTeachesDecidesDocTimeRel) {
  for (const char* transfer : {"strong", "none"}) {
    const TemporaryFolder folder;
    SynthOptions options = options_for(folder.path(), transfer);
    options.notes = 100;
    write_synth(options);
    const auto answers = nlohmann::json::parse(read_file(folder.path() / "synth.json"))["tasks"]["semeval2016t12"];
    const auto held_out = answers["held_out_disorders"];
    const auto types = brat_types(folder.path());
    const Split train = make_synth_split(options, "semeval2016t12", "train");
    const std::set<std::string> used = disorder_words(train);
    std::size_t taught = 0;
    for (const auto& [kind, type] : {std::pair("chronic", "Chronic_disorder"), {"acute", "Disorder"}}) {
      EXPECT_GE(held_out[kind].size(), 12U);
      for (const std::string word : held_out[kind]) {
        EXPECT_FALSE(used.contains(word)) << word;
        const auto found = types.find(word);
        if (found == types.end()) continue;
        ++taught;
        EXPECT_EQ(found->second, std::set<std::string>{type}) << word;
      }
    }
    EXPECT_EQ(taught > 24, std::string(transfer) == "strong") << taught;

    std::size_t events = 0;
    for (const Example& note : train.examples) {
      const CodePoints text(note.text);
      for (const Mention& mention : note.mentions) {
        if (mention.type != "Disorder" || mention.fragments.size() != 1) continue;
        const Span span = mention.fragments.front();
        const std::string word(text.slice(span));
        if (span.begin < 8 || text.slice({span.begin - 8, span.begin}) != "has had ") continue;
        for (const Mention& event : note.mentions) {
          if (event.type != "EVENT" || event.fragments.front().end != span.end) continue;
          ++events;
          if (!types.contains(word)) continue;
          EXPECT_EQ(event.attributes.at("DocTimeRel"),
                    types.at(word).contains("Chronic_disorder") ? "BEFORE/OVERLAP" : "OVERLAP");
        }
      }
    }
    EXPECT_GT(events, 10U);
  }
}

TEST(Synth, RefusesBadOptions) {
  SynthOptions options = options_for("unused");
  options.notes = 2;
  EXPECT_THROW(write_synth(options), InputError);
  options.notes = 3;
  options.task = "semeval2014";
  EXPECT_THROW(write_synth(options), InputError);
  options.task = "all";
  options.transfer = "some";
  EXPECT_THROW(write_synth(options), InputError);
}

class SynthTask : public testing::TestWithParam<std::string> {};

// The task's own reader finds no defect in the files, and the gold annotation scores perfectly against itself.
TEST_P(SynthTask, IsReadWithoutDefectAndScoresPerfectly) {
  const TemporaryFolder folder;
  SynthOptions options = options_for(folder.path());
  options.task = GetParam();
  write_synth(options);
  const TaskDefinition& task = find_task(GetParam());
  TaskData data;
  data.folder = folder.path() / GetParam();
  if (GetParam() == "semeval2021t6") data.format = "brat";
  for (const char* name : {"train", "dev", "test"}) {
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    const Split split = task.read(data, name, diagnostics);
    for (const Diagnostic& defect : diagnostics.items()) ADD_FAILURE() << to_string(defect);
    EXPECT_FALSE(split.examples.empty());
    Split answer = split;
    for (Example& example : answer.examples) {
      if (!example.labels.empty()) example.score = example.labels.front() == "true";
    }
    EXPECT_DOUBLE_EQ(task.score(data, split, answer).primary, 1.0);
  }
}

// What `data check` looks for beside the reader's own defects: an id twice, a text of one split in another.
TEST_P(SynthTask, HasNoTextInTwoSplits) {
  const TemporaryFolder folder;
  SynthOptions options = options_for(folder.path());
  options.task = GetParam();
  options.notes = 200;
  options.seed = 1;
  write_synth(options);
  std::map<std::pair<std::string, std::string>, std::string> split_of;
  for (const char* name : {"train", "dev", "test"}) {
    Diagnostics diagnostics(Diagnostics::Mode::collect);
    std::set<std::string> ids;
    for (const Example& example :
         find_task(GetParam()).read({folder.path() / GetParam(), "", "", {}}, name, diagnostics).examples) {
      EXPECT_TRUE(ids.insert(concat(example.group, " ", example.id)).second) << example.id;
      const auto [at, fresh] = split_of.emplace(std::pair(example.text, example.second_text), name);
      EXPECT_EQ(at->second, name) << example.id;
    }
    EXPECT_TRUE(diagnostics.items().empty()) << to_string(diagnostics.items().front());
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, SynthTask,
                         testing::Values("semeval2014t7", "semeval2015t14", "semeval2016t12", "semeval2017t3",
                                         "semeval2021t6"),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace polyclinic
