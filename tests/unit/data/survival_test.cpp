#include "data/survival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "core/files.h"
#include "support/shared_data.h"

namespace polyclinic {
namespace {
namespace fs = std::filesystem;

std::vector<std::string> fields(const std::string& line, char separator) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, separator);) out.push_back(field);
  return out;
}

std::vector<fs::path> files(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ending) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Text-bound annotations of BRAT: "T1<TAB>Type 0 5;7 9<TAB>text".
std::vector<Example> brat(const fs::path& folder) {
  std::vector<Example> examples;
  for (const fs::path& file : files(folder, ".ann")) {
    fs::path text = file;
    text.replace_extension(".txt");
    if (!fs::exists(text)) continue;
    Example example;
    example.id = file.stem().string();
    example.text = read_file(text);
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
      const auto columns = fields(line, '\t');
      if (columns.size() < 2 || columns[0].empty() || columns[0][0] != 'T') continue;
      const std::size_t blank = columns[1].find(' ');
      Mention mention{columns[0], columns[1].substr(0, blank), {}, {}, ""};
      for (const std::string& fragment : fields(columns[1].substr(blank + 1), ';')) {
        Span span;
        std::istringstream(fragment) >> span.begin >> span.end;
        mention.fragments.push_back(span);
      }
      example.mentions.push_back(mention);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

// MeasEval's tables: docId, annotSet, annotType, startOffset, endOffset, ...
std::vector<Example> measeval(const fs::path& folder) {
  std::vector<Example> examples;
  for (const fs::path& file : files(folder / "tsv", ".tsv")) {
    Example example;
    example.id = file.stem().string();
    example.text = read_file(folder / "text" / (example.id + ".txt"));
    std::istringstream lines(read_file(file));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const auto columns = fields(line, '\t');
      if (columns.size() < 6) continue;
      const Span span{std::stoul(columns[3]), std::stoul(columns[4])};
      example.mentions.push_back({columns[5], columns[2], {span}, {}, ""});
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

// BC5CDR's columns: word, tag; a blank line ends a sentence.
std::vector<Example> conll(const fs::path& file) {
  std::vector<Example> examples(1);
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    Example& example = examples.back();
    if (line.empty()) {
      if (!example.text.empty()) examples.emplace_back();
      continue;
    }
    const auto columns = fields(line, '\t');
    if (!example.text.empty()) example.text += ' ';
    const std::size_t begin = count_code_points(example.text);
    example.text += columns[0];
    const std::size_t end = count_code_points(example.text);
    if (columns[1][0] == 'B') example.mentions.push_back({"", columns[1].substr(2), {{begin, end}}, {}, ""});
    if (columns[1][0] == 'I') example.mentions.back().fragments.back().end = end;
  }
  if (examples.back().text.empty()) examples.pop_back();
  return examples;
}

Survival measured(const char* corpus, const std::vector<Example>& examples, const std::string& name,
                  const Tokenizer& tokenizer, MentionLabels::Form form, std::size_t layers) {
  const MentionLabels labels(mention_types(examples), form, layers);
  const Survival result = survival(examples, tokenizer, labels, {.max_tokens = 512, .overlap = 128});
  std::size_t why[4] = {};
  for (const LostMention& lost : result.lost) ++why[static_cast<std::size_t>(lost.why)];
  std::printf(
      "%-9s %-12s %-8s %zu layers: %zu of %zu mentions %.3f %%, discontiguous %zu of %zu; lost: no token %zu, "
      "no window %zu, inside a token %zu, no layer %zu\n",
      corpus, name.c_str(), form == MentionLabels::Form::bio ? "bio" : "layered", layers, result.survived,
      result.mentions, 100 * result.share(), result.discontiguous_survived, result.discontiguous, why[0], why[1],
      why[2], why[3]);
  return result;
}

void expect_survival(const char* corpus, const std::vector<Example>& examples, const fs::path& tokenizers) {
  ASSERT_FALSE(examples.empty());
  for (const std::string name : {"llama3", "gemma2", "mistral_v0.3"}) {
    const Tokenizer tokenizer = Tokenizer::from_folder(tokenizers / name);
    measured(corpus, examples, name, tokenizer, MentionLabels::Form::bio, 1);
    const Survival layered = measured(corpus, examples, name, tokenizer, MentionLabels::Form::layered, 2);
    EXPECT_GE(layered.share(), 0.99) << corpus << " with " << name;
    EXPECT_EQ(layered.survived + layered.lost.size(), layered.mentions);
  }
}

TEST(Survival, Bc5cdr) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed/bc5cdr");
  POLYCLINIC_NEEDS_SHARED(tokenizers, "tokenizers");
  expect_survival("bc5cdr", conll(data / "dev.tsv"), tokenizers);
}

TEST(Survival, Chemprot) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed/chemprot");
  POLYCLINIC_NEEDS_SHARED(tokenizers, "tokenizers");
  expect_survival("chemprot", brat(data), tokenizers);
}

TEST(Survival, Ddi) {
  POLYCLINIC_NEEDS_SHARED(data, "data/biomed/ddi");
  POLYCLINIC_NEEDS_SHARED(tokenizers, "tokenizers");
  expect_survival("ddi", brat(data), tokenizers);
}

TEST(Survival, Measeval) {
  POLYCLINIC_NEEDS_SHARED(data, "data/measeval");
  POLYCLINIC_NEEDS_SHARED(tokenizers, "tokenizers");
  std::vector<Example> all = measeval(data / "train");
  for (Example& example : measeval(data / "eval")) all.push_back(std::move(example));
  expect_survival("measeval", all, tokenizers);
}

}  // namespace
}  // namespace polyclinic
