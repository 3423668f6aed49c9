// conlleval (2004-01-26): chunks of the last two columns, gold then predicted.
#include <algorithm>
#include <cctype>
#include <map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/scorer.h"

namespace polyclinic {
namespace {

struct Tag {
  std::string kind = "O", type;  // "B" and "LOC" of "B-LOC"
};

Tag read_tag(const std::string& text) {
  const std::size_t hyphen = text.find('-');
  if (hyphen == std::string::npos) return {text, ""};
  Tag tag{text.substr(0, hyphen), text.substr(hyphen + 1)};
  if (tag.type == "0") tag.type.clear();  // false in Perl
  return tag;
}

bool one_of(const std::string& pair, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* item) { return pair == item; });
}

bool ends_chunk(const Tag& before, const Tag& now) {
  if (one_of(before.kind + now.kind, {"BB", "BO", "IB", "IO", "EE", "EI", "EO"}) && before.kind.size() == 1)
    return true;
  if (before.kind != "O" && before.kind != "." && before.type != now.type) return true;
  return before.kind == "]" || before.kind == "[";
}

bool starts_chunk(const Tag& before, const Tag& now) {
  if (one_of(before.kind + now.kind, {"BB", "IB", "OB", "OI", "EE", "EI", "OE"}) && before.kind.size() == 1)
    return true;
  if (now.kind != "O" && now.kind != "." && before.type != now.type) return true;
  return now.kind == "[" || now.kind == "]";
}

struct Counts {
  long long correct = 0, gold = 0, predicted = 0;
  double precision() const {
    return predicted == 0 ? 0 : 100.0 * static_cast<double>(correct) / static_cast<double>(predicted);
  }
  double recall() const { return gold == 0 ? 0 : 100.0 * static_cast<double>(correct) / static_cast<double>(gold); }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r == 0 ? 0 : 2 * p * r / (p + r);
  }
};

class Evaluation {
 public:
  void token(Tag gold, Tag guess, bool boundary) {
    if (boundary) guess.kind = "O";
    const bool gold_ends = ends_chunk(gold_, gold), guess_ends = ends_chunk(guess_, guess);
    const bool gold_starts = starts_chunk(gold_, gold), guess_starts = starts_chunk(guess_, guess);
    if (inside_) {
      if (gold_ends && guess_ends && guess_.type == gold_.type) {
        inside_ = false;
        close();
      } else if (gold_ends != guess_ends || guess.type != gold.type) {
        inside_ = false;
      }
    }
    if (gold_starts && guess_starts && guess.type == gold.type) inside_ = true;
    if (gold_starts) ++all.gold, ++types[gold.type].gold, ++sentence_.gold;
    if (guess_starts) ++all.predicted, ++types[guess.type].predicted, ++sentence_.predicted;
    if (!boundary) {
      if (gold.kind == guess.kind && gold.type == guess.type) ++correct_tags;
      ++tokens;
    }
    gold_ = std::move(gold);
    guess_ = std::move(guess);
    if (boundary) end_sentence();
  }

  void finish() {
    if (inside_) close();
    end_sentence();
  }

  Counts all;
  std::map<std::string, Counts> types;
  std::vector<DocumentCount> sentences;
  long long tokens = 0, correct_tags = 0;

 private:
  void close() { ++all.correct, ++types[gold_.type].correct, ++sentence_.correct; }
  void end_sentence() {
    if (sentence_.gold + sentence_.predicted + sentence_.correct == 0) return;
    sentences.push_back({concat(sentences.size() + 1), static_cast<double>(sentence_.correct),
                         static_cast<double>(sentence_.predicted), static_cast<double>(sentence_.gold)});
    sentence_ = {};
  }
  Tag gold_, guess_;
  bool inside_ = false;
  Counts sentence_;
};

// Perl's split on one character: empty fields at the end are dropped; a single blank splits on runs of blanks only as
// the pattern / /, that is, each blank separates.
std::vector<std::string> columns(std::string_view line, char delimiter) {
  if (line.empty()) return {};
  std::vector<std::string> out;
  for (const std::string_view part : split(line, delimiter)) out.emplace_back(part);
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

struct Options {
  char delimiter = ' ';
  bool raw = false;
  std::string outside = "O";
};

Tag tag_of(std::string text, const Options& options) {
  if (options.raw) text = text == options.outside || text == "O" ? "O" : "B-" + text;
  return read_tag(text);
}

// The script lists gold and predicted types together and drops a repeated one, but never the empty type's second time.
int rows(const std::string& type, const Counts& c) {
  if (c.gold == 0 && c.predicted == 0) return 0;
  return type.empty() && c.gold > 0 && c.predicted > 0 ? 2 : 1;
}

std::string report(const Evaluation& e) {
  std::string text = concat("processed ", e.tokens, " tokens with ", e.all.gold, " phrases; found: ", e.all.predicted,
                            " phrases; correct: ", e.all.correct, ".\n");
  if (e.tokens > 0) {
    text += printf_text("accuracy: %6.2f%%; precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f\n",
                        100.0 * static_cast<double>(e.correct_tags) / static_cast<double>(e.tokens), e.all.precision(),
                        e.all.recall(), e.all.f1());
  }
  for (const auto& [type, c] : e.types) {
    const std::string row = printf_text("%17s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %lld\n", type.c_str(),
                                        c.precision(), c.recall(), c.f1(), c.predicted);
    for (int i = 0; i < rows(type, c); ++i) text += row;
  }
  return text;
}

std::string latex_report(const Evaluation& e) {
  std::string text = "        & Precision &  Recall  & F$_{\\beta=1} \\\\\\hline";
  for (const auto& [type, c] : e.types) {
    const std::string row =
        printf_text("\n%-7s &  %6.2f\\%% & %6.2f\\%% & %6.2f \\\\", type.c_str(), c.precision(), c.recall(), c.f1());
    for (int i = 0; i < rows(type, c); ++i) text += row;
  }
  return text + "\\hline\n" +
         printf_text("Overall &  %6.2f\\%% & %6.2f\\%% & %6.2f \\\\\\hline\n", e.all.precision(), e.all.recall(),
                     e.all.f1());
}

// Gold's last column and the prediction's last column, line by line. The official script reads one file that has both.
std::string joined(const std::filesystem::path& gold, const std::filesystem::path& predicted, char delimiter) {
  const std::string g_text = read_file(gold), p_text = read_file(predicted);
  const std::vector<Line> g = lines_of(g_text), p = lines_of(p_text);
  const auto blank = [](const std::vector<Line>& lines, std::size_t i) {
    return i >= lines.size() || lines[i].text.empty();
  };
  std::string out;
  for (std::size_t i = 0; i < std::max(g.size(), p.size()); ++i) {
    if (blank(g, i) != blank(p, i)) {
      throw InputError("gold and prediction do not have the same lines", {predicted.string(), static_cast<int>(i) + 1},
                       "predict a tag for each gold token, in order");
    }
    if (!blank(g, i)) {
      const std::vector<std::string> a = columns(g[i].text, delimiter), b = columns(p[i].text, delimiter);
      if (a.size() < 2 || b.size() < 2) {
        throw InputError("a line has fewer than two columns", {predicted.string(), static_cast<int>(i) + 1},
                         "write token and tag");
      }
      if (a[0] != b[0]) {
        throw InputError(concat("the token is '", b[0], "' where gold has '", a[0], "'"),
                         {predicted.string(), static_cast<int>(i) + 1}, "predict a tag for each gold token, in order");
      }
      out += concat(a[0], delimiter, a.back(), delimiter, b.back());
    }
    out += '\n';
  }
  return out;
}

// The script's delimiter is a regular expression; here it is one character, which a backslash may escape.
char delimiter_of(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "space") return ' ';
  const bool escaped = text.size() == 2 && text[0] == '\\' && std::ispunct(static_cast<unsigned char>(text[1])) != 0;
  if (escaped || (text.size() == 1 && std::string_view("\\^$.|?*+()[{").find(text) == std::string_view::npos)) {
    return text.back();
  }
  throw InputError(concat("the delimiter cannot be '", text, "'"), {},
                   "write space, tab or one character, with a backslash before one that regular expressions know");
}

ScoreReport score_files(const std::filesystem::path& gold, const std::filesystem::path& predicted,
                        const ScoreOptions& given) {
  Options options;
  options.delimiter = delimiter_of(given.at("delimiter"));
  options.raw = given.at("raw") == "true";
  options.outside = given.at("outside");
  const bool one_file = std::filesystem::equivalent(gold, predicted);
  const std::string bytes = one_file ? read_file(gold) : joined(gold, predicted, options.delimiter);
  Evaluation evaluation;
  std::size_t width = 0;
  for (const Line& line : lines_of(bytes)) {
    std::string text(line.text);
    if (line.carriage_return) text += '\r';  // chomp leaves it
    const std::vector<std::string> fields = columns(text, options.delimiter);
    const Where where{predicted.string(), line.number};
    if (width == 0) width = fields.size();
    if (!fields.empty() && fields.size() != width) {
      throw InputError(concat(fields.size(), " columns where the first line has ", width), where,
                       "give each line the same columns, or name the delimiter");
    }
    if (fields.empty() || fields[0] == "-X-") {
      evaluation.token({}, {}, true);
      continue;
    }
    if (fields.size() < 2)
      throw InputError("a line has fewer than two tags", where, "write token, gold tag, predicted tag");
    evaluation.token(tag_of(fields[width - 2], options), tag_of(fields[width - 1], options), false);
  }
  evaluation.finish();
  ScoreReport out;
  out.text = given.at("latex") == "true" ? latex_report(evaluation) : report(evaluation);
  out.primary_name = "f1";
  out.primary = evaluation.all.f1() / 100;
  out.documents = evaluation.sentences;
  const auto json = [](const Counts& c) {
    return nlohmann::ordered_json{{"precision", c.precision() / 100},
                                  {"recall", c.recall() / 100},
                                  {"f1", c.f1() / 100},
                                  {"correct", c.correct},
                                  {"gold", c.gold},
                                  {"predicted", c.predicted}};
  };
  out.json = {{"overall", json(evaluation.all)}, {"tokens", evaluation.tokens}};
  for (const auto& [type, counts] : evaluation.types) out.json["types"][type] = json(counts);
  return out;
}

}  // namespace

Scorer conll_scorer() {
  return {"conll",
          "chunks in columns; give one file with both tags twice, or a gold and a predicted file",
          "conlleval (2004-01-26)",
          {{"delimiter", "space", {}, "space, tab or one character", "-d"},
           {"raw", "false", {"true", "false"}, "tags without B- and I-", "-r"},
           {"outside", "O", {}, "the tag outside of chunks, with raw", "-o"},
           {"latex", "false", {"true", "false"}, "the rows of a LaTeX table", "-l"}},
          score_files};
}

}  // namespace polyclinic
