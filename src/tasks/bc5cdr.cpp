// BC5CDR as sentences in CoNLL columns: word TAB tag, a blank line between sentences (Li et al., "BioCreative V CDR
// task corpus", Database 2016). Text of a sentence: its words joined by one blank. Scored as conlleval and seqeval do:
// a mention counts when type, first word and last word agree.
#include <algorithm>
#include <set>
#include <tuple>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/registry.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

struct Word {
  std::string_view text;
  std::size_t begin = 0, end = 0;  // code points
};

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<Word> words_of(const Example& example) {
  std::vector<Word> words;
  std::size_t position = 0;
  for (const std::string_view word : split(example.text, ' ')) {
    const std::size_t length = code_points(word);
    words.push_back({word, position, position + length});
    position += length + 1;
  }
  return words;
}

// A mention in words: type, first word, one past the last.
using Chunk = std::tuple<std::string, std::size_t, std::size_t>;

// A mention takes every word that it touches; of two mentions on one word the earlier in the text has it.
std::vector<Chunk> chunks_of(const Example& example, const std::vector<Word>& words) {
  std::vector<const Mention*> mentions;
  for (const Mention& mention : example.mentions) mentions.push_back(&mention);
  std::stable_sort(mentions.begin(), mentions.end(), [](const Mention* a, const Mention* b) {
    return a->fragments.front().begin < b->fragments.front().begin;
  });
  std::vector<Chunk> chunks;
  std::size_t next = 0;  // first word that is still free
  for (const Mention* mention : mentions) {
    std::size_t first = next;
    while (first < words.size() && words[first].end <= mention->fragments.front().begin) ++first;
    std::size_t last = first;
    while (last < words.size() && words[last].begin < mention->fragments.back().end) ++last;
    if (last == first) continue;
    chunks.emplace_back(mention->type, first, last);
    next = last;
  }
  return chunks;
}

void add_word(Example& example, std::string_view word, const std::string& tag, const Where& where,
              Diagnostics& diagnostics) {
  if (!example.text.empty()) example.text += ' ';
  const std::size_t begin = code_points(example.text), end = begin + code_points(word);
  example.text += word;
  if (tag == "O") return;
  const bool continues = tag.starts_with("I-");
  if (tag.size() < 3 || (!continues && !tag.starts_with("B-"))) {
    return diagnostics.error(concat("unknown tag '", tag, "'"), where, "tags are O, B-Type and I-Type");
  }
  const std::string type = tag.substr(2);
  // As in conlleval, an I- that continues nothing begins a mention.
  if (continues && !example.mentions.empty() && example.mentions.back().type == type &&
      example.mentions.back().fragments.back().end + 1 == begin) {
    example.mentions.back().fragments.back().end = end;
  } else {
    example.mentions.push_back({concat("T", example.mentions.size() + 1), type, {{begin, end}}, {}, {}});
  }
}

Split read_split(const TaskData& data, const std::string& name, Diagnostics& diagnostics) {
  const std::filesystem::path path = data.folder / (name + ".tsv");
  if (!std::filesystem::exists(path)) {
    throw InputError("no such file", {path.string()},
                     "set task.data.path to the folder with train.tsv, dev.tsv, test.tsv");
  }
  const std::string bytes = read_file(path);
  Split result{name, {}};
  Example sentence;
  const auto finish = [&] {
    if (sentence.text.empty()) return;
    sentence.id = concat(name, "-", result.examples.size() + 1);
    result.examples.push_back(std::move(sentence));
    sentence = {};
  };
  for (const Line& line : lines_of(bytes)) {
    if (line.text.empty()) {
      finish();
      continue;
    }
    const std::vector<std::string_view> columns = split(line.text, '\t');
    const Where where{path.string(), line.number};
    if (first_invalid_byte(line.text)) {
      diagnostics.error("not UTF-8", where, "save the file as UTF-8");
      continue;
    }
    if (columns.size() != 2 || columns[0].empty() || columns[0].find(' ') != std::string_view::npos) {
      diagnostics.error("a line is not word TAB tag", where,
                        "write one word and its tag, or nothing between sentences");
      continue;
    }
    add_word(sentence, columns[0], std::string(columns[1]), where, diagnostics);
  }
  finish();
  return result;
}

void write_split(const TaskData&, const Split& predicted, const std::filesystem::path& folder) {
  std::string out;
  for (const Example& example : predicted.examples) {
    const std::vector<Word> words = words_of(example);
    std::vector<std::string> tags(words.size(), "O");
    for (const auto& [type, first, last] : chunks_of(example, words)) {
      for (std::size_t w = first; w < last; ++w) tags[w] = (w == first ? "B-" : "I-") + type;
    }
    for (std::size_t w = 0; w < words.size(); ++w) out += concat(words[w].text, '\t', tags[w], '\n');
    out += '\n';
  }
  write_file_atomic(folder / (predicted.name + ".tsv"), out);
}

struct Counts {
  double correct = 0, predicted = 0, gold = 0;
  double precision() const { return predicted > 0 ? correct / predicted : 0; }
  double recall() const { return gold > 0 ? correct / gold : 0; }
  double f1() const { return predicted + gold > 0 ? 2 * correct / (predicted + gold) : 0; }
  void add(const Counts& other) {
    correct += other.correct;
    predicted += other.predicted;
    gold += other.gold;
  }
};

std::string row(std::string_view name, const Counts& counts) {
  return printf_text("%17.*s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %g\n", static_cast<int>(name.size()),
                     name.data(), 100 * counts.precision(), 100 * counts.recall(), 100 * counts.f1(), counts.predicted);
}

nlohmann::ordered_json as_json(const Counts& counts) {
  return {{"precision", counts.precision()}, {"recall", counts.recall()},     {"f1", counts.f1()},
          {"correct", counts.correct},       {"predicted", counts.predicted}, {"gold", counts.gold}};
}

ScoreReport score_split(const TaskData&, const Split& gold, const Split& predicted) {
  if (gold.examples.size() != predicted.examples.size()) {
    throw InputError(
        concat("gold has ", gold.examples.size(), " sentences and the prediction ", predicted.examples.size()));
  }
  Counts all;
  std::map<std::string, Counts> types;
  ScoreReport report;
  for (std::size_t e = 0; e < gold.examples.size(); ++e) {
    const std::vector<Word> words = words_of(gold.examples[e]);
    const std::vector<Chunk> truth = chunks_of(gold.examples[e], words);
    const std::set<Chunk> right(truth.begin(), truth.end());
    Counts sentence;
    for (const Chunk& chunk : truth) types[std::get<0>(chunk)].gold += 1, sentence.gold += 1;
    for (const Chunk& chunk : chunks_of(predicted.examples[e], words)) {
      const Counts one{right.contains(chunk) ? 1.0 : 0.0, 1, 0};
      types[std::get<0>(chunk)].add(one);
      sentence.add(one);
    }
    all.add(sentence);
    report.documents.push_back({gold.examples[e].id, sentence.correct, sentence.predicted, sentence.gold, 0, 0});
  }
  report.primary_name = "entity_f1";
  report.primary = all.f1();
  report.json = {{"entity", as_json(all)}};
  report.text = row("all", all);
  for (const auto& [type, counts] : types) {
    report.text += row(type, counts);
    report.json[type] = as_json(counts);
  }
  return report;
}

}  // namespace

TaskDefinition bc5cdr_task() {
  TaskDefinition task;
  task.name = "bc5cdr";
  task.summary = "chemicals and diseases in PubMed abstracts, exact entity F1";
  task.primary_metric = "entity_f1";
  task.parts = {{"entities", "ner", 1}};
  task.read = read_split;
  task.write = write_split;
  task.score = score_split;
  return task;
}

}  // namespace polyclinic
