// n2c2-2018 Track 2 (medications, adverse events and their relations): Track2-evaluate-ver4.py.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "tasks/official_text.h"
#include "tasks/python3_text.h"
#include "tasks/scorer.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

std::string shown_path(const fs::path& path) {
  std::string text = fs::absolute(path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

struct Tag {
  std::string type;
  long long begin = 0, end = 0;
  std::size_t number = 0;  // the same for ids that differ by blanks around them
};
struct Link {
  std::string type;
  Tag source, target;
  std::size_t number = 0;
};
struct Record {
  std::vector<Tag> tags;  // in the order of the first line with that id
  std::vector<Link> links;
};
struct Counts {
  long long tp = 0, fp = 0, fn = 0;
  double precision() const { return ratio(tp, tp + fp); }
  double recall() const { return ratio(tp, tp + fn); }
  double f1() const {
    const double p = precision(), r = recall();
    return p + r == 0 ? 0 : 2 * (p * r) / (p + r);
  }
  static double ratio(long long a, long long b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }
};

bool equal(const Tag& a, const Tag& b, bool lenient) {
  if (a.type != b.type) return false;
  return lenient ? (a.end > b.begin && a.begin < b.end) : (a.begin == b.begin && a.end == b.end);
}
bool equal(const Link& a, const Link& b, bool lenient) {
  return a.type == b.type && equal(a.source, b.source, lenient) && equal(a.target, b.target, lenient);
}

// Keeps the last value of an id at the place of the first, as a Python dict does.
template <typename T>
class Ordered {
 public:
  void set(const std::string& id, T value) {
    const auto [at, fresh] = place_.emplace(id, values_.size());
    if (fresh)
      values_.push_back(std::move(value));
    else
      values_[at->second] = std::move(value);
  }
  const T* find(const std::string& id) const {
    const auto found = place_.find(id);
    return found == place_.end() ? nullptr : &values_[found->second];
  }
  std::vector<T> take() {
    std::unordered_map<std::string_view, std::size_t> numbers;
    for (const auto& [id, place] : place_) {
      values_[place].number = numbers.try_emplace(python3_strip(id), place).first->second;
    }
    return std::move(values_);
  }

 private:
  std::unordered_map<std::string, std::size_t> place_;
  std::vector<T> values_;
};

// Reads the entity lines of a file. A line that the script cannot take apart is named in its output, and what it read
// last stands in for it.
class TagReader {
 public:
  TagReader(const fs::path& path, std::string& printed) : path_(path), printed_(printed) {}

  // `ended`: a line break stands behind the line, which the script prints too.
  void read(std::string_view line, bool ended, int number, Ordered<Tag>& tags) {
    const std::vector<std::string_view> fields = split(python3_strip(line), '\t');
    const Where where{path_.string(), number};
    if (fields.size() == 3) {
      id_ = fields[0];
      body_ = fields[1];
    } else {
      if (body_.empty()) refuse("an entity line has not 3 tab-separated parts", where);
      printed_ += concat(shown_path(path_), " ", line, ended ? "\n\n" : "\n");
    }
    // "Drug 10 14", "Drug 1 3;5 7" (4 words), "Drug 1 3;5 7;9 11" (5 words): from the first start to the last end.
    const std::vector<std::string_view> words = split(body_, ' ');
    if (words.size() >= 3 && words.size() <= 5) {
      const std::optional<long long> begin = python3_int(words[1]), end = python3_int(words.back());
      if (!begin || !end) refuse("an offset is no whole number", where);
      last_ = Tag{std::string(python3_strip(words[0])), *begin, *end, 0};
    } else {
      if (!last_) refuse("the official script reads entities of one to three fragments", where);
      printed_ += concat(shown_path(path_), "\n", line, ended ? "\n\n" : "\n");
    }
    tags.set(std::string(id_), *last_);
  }

 private:
  [[noreturn]] static void refuse(const char* what, const Where& where) {
    throw InputError(what, where, "write: T1 TAB Type start end TAB text");
  }
  const fs::path& path_;
  std::string& printed_;
  std::string_view id_, body_;
  std::optional<Tag> last_;
};

Link read_link(std::string_view line, const Ordered<Tag>& tags, const Where& where) {
  const std::vector<std::string_view> fields = split(line, '\t');
  const std::vector<std::string_view> words =
      fields.size() == 2 ? split(fields[1], ' ') : std::vector<std::string_view>();
  if (words.size() != 3) {
    throw InputError("a relation line is not as the official script reads it", where,
                     "write: R1 TAB Type Arg1:T1 Arg2:T2");
  }
  Link link{std::string(python3_strip(words[0])), {}, {}, 0};
  for (const std::size_t argument : {1, 2}) {
    const std::vector<std::string_view> parts = split(words[argument], ':');
    const Tag* tag = parts.size() < 2 ? nullptr : tags.find(std::string(parts[1]));
    if (tag == nullptr)
      throw InputError(concat("no entity for '", words[argument], "'"), where, "add it or drop the relation");
    (argument == 1 ? link.source : link.target) = *tag;
  }
  return link;
}

// `printed`: what the script says of lines that it cannot read.
Record read_record(const fs::path& path, std::string& printed) {
  const std::string bytes = read_file(path);
  require_utf8(bytes, {path.string()});
  const std::vector<std::string_view> lines = python3_lines(bytes);
  Ordered<Tag> tags;
  Ordered<Link> links;
  TagReader reader(path, printed);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool ended = lines[i].data() + lines[i].size() < bytes.data() + bytes.size();
    if (python3_strip(lines[i]).starts_with("T")) reader.read(lines[i], ended, static_cast<int>(i) + 1, tags);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = python3_strip(lines[i]);
    if (!line.starts_with("R")) continue;
    const std::string id(line.substr(0, line.find('\t')));
    links.set(id, read_link(line, tags, {path.string(), static_cast<int>(i) + 1}));
  }
  return {tags.take(), links.take()};
}

template <typename T>
std::vector<const T*> of_type(const std::vector<T>& items, const std::string& type) {
  std::vector<const T*> out;
  for (const T& item : items) {
    if (type.empty() || item.type == type) out.push_back(&item);
  }
  return out;
}

long long distinct(std::vector<std::size_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return std::unique(numbers.begin(), numbers.end()) - numbers.begin();
}

// A predicted item that equals a gold item already taken by an earlier one is dropped: neither right nor wrong.
template <typename T>
Counts compare(const std::vector<T>& gold_items, const std::vector<T>& predicted_items, const std::string& type,
               bool lenient) {
  const std::vector<const T*> gold = of_type(gold_items, type), predicted = of_type(predicted_items, type);
  std::vector<bool> taken(gold.size(), false);
  std::vector<std::size_t> right, kept, wanted;
  for (const T* g : gold) wanted.push_back(g->number);
  for (const T* p : predicted) {
    bool hit = false, dropped = false;
    for (std::size_t g = 0; g < gold.size(); ++g) {
      if (!equal(*gold[g], *p, lenient)) continue;
      hit = true;
      if (taken[g]) dropped = true;
      taken[g] = true;
    }
    if (dropped) continue;
    kept.push_back(p->number);
    if (hit) right.push_back(p->number);
  }
  Counts counts{distinct(std::move(right)), 0, 0};
  counts.fp = distinct(std::move(kept)) - counts.tp;
  counts.fn = distinct(std::move(wanted)) - counts.tp;
  return counts;
}

struct Measures {
  Counts sum;
  double precision = 0, recall = 0, f1 = 0;  // means over documents
};

struct Document {
  std::string name;
  Record gold, predicted;
};

Measures measure(const std::vector<Document>& documents, bool links, const std::string& type, bool lenient) {
  Measures out;
  for (const Document& d : documents) {
    const Counts c = links ? compare(d.gold.links, d.predicted.links, type, lenient)
                           : compare(d.gold.tags, d.predicted.tags, type, lenient);
    out.sum = {out.sum.tp + c.tp, out.sum.fp + c.fp, out.sum.fn + c.fn};
    out.precision += c.precision();
    out.recall += c.recall();
    out.f1 += c.f1();
  }
  const double count = static_cast<double>(documents.size());
  out.precision /= count;
  out.recall /= count;
  out.f1 /= count;
  return out;
}

std::string line(const std::string& name, double a, double b, double c, double d, double e, double f) {
  return printf_text("%20s  %-5.4f  %-5.4f  %-5.4f    %-5.4f  %-5.4f  %-5.4f\n", name.c_str(), a, b, c, d, e, f);
}
std::string micro_line(const std::string& name, const Counts& s, const Counts& l) {
  return line(name, s.precision(), s.recall(), s.f1(), l.precision(), l.recall(), l.f1());
}

nlohmann::ordered_json to_json(const Counts& c) {
  return {
      {"precision", c.precision()}, {"recall", c.recall()}, {"f1", c.f1()}, {"tp", c.tp}, {"fp", c.fp}, {"fn", c.fn}};
}

std::string centred(const std::string& text, std::size_t width, char fill) {
  const std::size_t left = (width - std::min(width, text.size())) / 2;
  const std::size_t right = width - std::min(width, text.size()) - left;
  return std::string(left, fill) + text + std::string(right, fill);
}

// One table: a line a type, then micro and macro.
std::string table(const std::vector<Document>& documents, bool links,
                  const std::vector<std::pair<std::string, std::string>>& types, nlohmann::ordered_json& json) {
  std::string text;
  for (const auto& [type, shown] : types) {
    const Counts strict = measure(documents, links, type, false).sum,
                 lenient = measure(documents, links, type, true).sum;
    text += micro_line(shown, strict, lenient);
    json[type] = {{"strict", to_json(strict)}, {"lenient", to_json(lenient)}};
  }
  const Measures s = measure(documents, links, "", false), l = measure(documents, links, "", true);
  json["micro"] = {{"strict", to_json(s.sum)}, {"lenient", to_json(l.sum)}};
  json["macro"] = {{"strict", {{"precision", s.precision}, {"recall", s.recall}, {"f1", s.f1}}},
                   {"lenient", {{"precision", l.precision}, {"recall", l.recall}, {"f1", l.f1}}}};
  text += std::string(20, ' ') + "  " + std::string(48, '-') + "\n";
  text += micro_line("Overall (micro)", s.sum, l.sum);
  text += line("Overall (macro)", s.precision, s.recall, s.f1, l.precision, l.recall, l.f1);
  return text + "\n";
}

std::set<std::string> annotation_files(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError("not a folder", {folder.string()}, "name a folder of .ann files");
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".ann" && name[0] != '.') names.insert(name);
  }
  return names;
}

std::string skipped(const fs::path& folder, const std::set<std::string>& own, const std::set<std::string>& other) {
  std::string names;
  for (const std::string& name : own) {
    if (!other.contains(name)) names += concat(names.empty() ? "" : ", ", name);
  }
  if (names.empty()) return "";
  return concat("Files skipped in ", shown_path(folder), ":\n", names, "\n");
}

ScoreReport score_folders(const fs::path& gold, const fs::path& predicted, const ScoreOptions&) {
  const std::set<std::string> truth = annotation_files(gold), guess = annotation_files(predicted);
  std::vector<Document> documents;
  std::string printed;
  for (const std::string& name : truth) {
    if (!guess.contains(name)) continue;
    Record gold_record = read_record(gold / name, printed);
    documents.push_back({name, std::move(gold_record), read_record(predicted / name, printed)});
  }
  if (documents.empty()) {
    throw InputError("none of the files match", {predicted.string()}, "name the .ann files as the gold folder does");
  }
  ScoreReport out;
  out.text = skipped(gold, truth, guess) + skipped(predicted, guess, truth) + printed;
  out.text += centred(" TRACK 2 ", 70, '*') + "\n";
  out.text +=
      std::string(20, ' ') + "  " + centred(" strict ", 22, '-') + "    " + centred(" lenient ", 22, '-') + "\n";
  out.text += std::string(20, ' ') + "  Prec.   Rec.    F(b=1)    Prec.   Rec.    F(b=1)\n";
  nlohmann::ordered_json tags, links;
  out.text += table(documents, false,
                    {{"Drug", "Drug"},
                     {"Strength", "Strength"},
                     {"Duration", "Duration"},
                     {"Route", "Route"},
                     {"Form", "Form"},
                     {"ADE", "Ade"},
                     {"Dosage", "Dosage"},
                     {"Reason", "Reason"},
                     {"Frequency", "Frequency"}},
                    tags);
  out.text += centred(" RELATIONS ", 70, '*') + "\n";
  out.text += table(documents, true,
                    {{"Strength-Drug", "Strength -> Drug"},
                     {"Dosage-Drug", "Dosage -> Drug"},
                     {"Duration-Drug", "Duration -> Drug"},
                     {"Frequency-Drug", "Frequency -> Drug"},
                     {"Form-Drug", "Form -> Drug"},
                     {"Route-Drug", "Route -> Drug"},
                     {"Reason-Drug", "Reason -> Drug"},
                     {"ADE-Drug", "ADE -> Drug"}},
                    links);
  out.text += std::string(20, ' ') + centred(concat("  ", documents.size(), " files found  "), 48, ' ') + "\n";
  out.json = {{"documents", documents.size()}, {"tags", tags}, {"relations", links}};
  out.primary_name = "relation_lenient_micro_f1";
  out.primary = links["micro"]["lenient"]["f1"];
  for (const Document& d : documents) {
    const Counts c = compare(d.gold.links, d.predicted.links, "", true);
    out.documents.push_back(
        {d.name, static_cast<double>(c.tp), static_cast<double>(c.tp + c.fp), static_cast<double>(c.tp + c.fn)});
  }
  return out;
}

}  // namespace

Scorer n2c2_2018_t2_scorer() {
  return {"n2c2_2018_t2",
          "n2c2-2018 Track 2, medications and adverse events in BRAT files: strict and lenient F1",
          "Track2-evaluate-ver4.py",
          {},
          score_folders};
}

}  // namespace polyclinic
