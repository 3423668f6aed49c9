#include "data/terminology.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "core/name_hash.h"
#include "tasks/official_text.h"
#include "tasks/perl_text.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

bool is_word(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

// Function words that UMLS's norm drops.
bool is_dropped(std::string_view word) {
  static const std::set<std::string_view> words = {"of", "and", "with", "for", "nos", "to", "in", "by", "on", "the"};
  return words.contains(word);
}

constexpr std::size_t kCommon = 20000;  // names of a trigram that is passed over in the search: it says little

}  // namespace

std::string normalised_name(std::string_view name) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < name.size();) {
    if (!is_word(static_cast<unsigned char>(name[at]))) {
      const bool possessive = name[at] == '\'' && at > 0 && is_word(static_cast<unsigned char>(name[at - 1])) &&
                              at + 1 < name.size() && (name[at + 1] == 's' || name[at + 1] == 'S') &&
                              (at + 2 == name.size() || !is_word(static_cast<unsigned char>(name[at + 2])));
      at += possessive ? 2 : 1;
      continue;
    }
    const std::size_t begin = at;
    while (at < name.size() && is_word(static_cast<unsigned char>(name[at]))) ++at;
    words.push_back(ascii_lower(name.substr(begin, at - begin)));
  }
  const bool all_dropped = std::all_of(words.begin(), words.end(), is_dropped);
  if (!all_dropped) std::erase_if(words, is_dropped);
  std::sort(words.begin(), words.end());
  std::string out;
  for (const std::string& word : words) out += concat(out.empty() ? "" : " ", word);
  return out;
}

std::vector<std::uint32_t> name_trigrams(std::string_view normalised) {
  const std::string text = concat(" ", normalised, " ");
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i + 3 <= text.size(); ++i) {
    if (text[i + 1] == ' ') continue;  // across two words
    out.push_back(static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) << 16 |
                  static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + 1])) << 8 |
                  static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + 2])));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Terminology::read_mrconso(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw InputError("no such file", {path.string(), 0, 0, "task.data.terminology"},
                     "name a file of UMLS MRCONSO rows; `polyclinic data synth` writes terminology/MRCONSO.RRF");
  }
  const std::string bytes = read_file(path);
  for (const Line& line : lines_of(bytes)) {
    if (line.text.empty()) continue;
    if (first_invalid_byte(line.text)) {
      throw InputError("not UTF-8", {path.string(), line.number}, "save the file as UTF-8");
    }
    const std::vector<std::string_view> fields = split(line.text, '|');
    if (fields.size() < 17) {
      throw InputError(concat("a row has ", fields.size(), " fields"), {path.string(), line.number},
                       "write the 18 fields of MRCONSO.RRF with | between: CUI|LAT|...|STR|SRL|SUPPRESS|CVF|");
    }
    const std::string_view language = fields[1], suppressed = fields[16];
    if (language == "ENG" && (suppressed == "N" || suppressed.empty())) add(std::string(fields[0]), fields[14]);
  }
  listed_ = static_cast<std::uint32_t>(names_.size());
}

void Terminology::add(std::string concept_id, std::string_view name) {
  std::string key = normalised_name(name);
  if (key.empty()) return;
  constexpr std::string_view end = "\xFF";
  content_ = name_hash(end, name_hash(key, name_hash(end, name_hash(concept_id, content_))));
  const auto number = static_cast<std::uint32_t>(concepts_.size());
  const auto added = concept_number_.emplace(concept_id, number);
  const std::uint32_t own = added.first->second;
  if (added.second) concepts_.push_back(std::move(concept_id));
  std::vector<std::uint32_t>& same = exact_[key];
  const auto known = [&](std::uint32_t other) { return concept_[other] == own; };
  if (std::any_of(same.begin(), same.end(), known)) return;
  same.push_back(static_cast<std::uint32_t>(names_.size()));
  names_.push_back(std::move(key));
  concept_.push_back(own);
}

float Terminology::rarity(std::size_t holders) const {
  return std::log(static_cast<float>(1 + names_.size()) / static_cast<float>(holders));
}

void Terminology::finish() {
  postings_.clear();
  for (std::uint32_t n = 0; n < names_.size(); ++n) {
    for (const std::uint32_t trigram : name_trigrams(names_[n])) postings_[trigram].push_back(n);
  }
  length_.assign(names_.size(), 0);
  for (std::uint32_t n = 0; n < names_.size(); ++n) {
    for (const std::uint32_t trigram : name_trigrams(names_[n])) {
      const float weight = rarity(postings_[trigram].size());
      length_[n] += weight * weight;
    }
    length_[n] = std::sqrt(length_[n]);
  }
}

std::vector<Terminology::Candidate> Terminology::candidates(const std::string& normalised, std::size_t most) const {
  std::unordered_map<std::uint32_t, float> products;
  float squares = 0;
  for (const std::uint32_t trigram : name_trigrams(normalised)) {
    const auto holders = postings_.find(trigram);
    const float weight = rarity(holders == postings_.end() ? 1 : holders->second.size());
    squares += weight * weight;
    if (holders == postings_.end()) continue;
    if (holders->second.size() > kCommon) continue;
    for (const std::uint32_t name : holders->second) products[name] += weight * weight;
  }
  if (const auto same = exact_.find(normalised); same != exact_.end()) {
    for (const std::uint32_t name : same->second) products[name] = squares;
  }
  const float length = std::sqrt(squares);
  std::unordered_map<std::uint32_t, Candidate> best;  // of each concept
  const auto better = [](const Candidate& a, const Candidate& b) {
    if (a.exact != b.exact) return a.exact;
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.name < b.name;
  };
  for (const auto& [name, product] : products) {
    const Candidate found{name, names_[name] == normalised, std::min(1.0F, product / (length * length_[name]))};
    const auto [at, fresh] = best.emplace(concept_[name], found);
    if (!fresh && better(found, at->second)) at->second = found;
  }
  std::vector<Candidate> out;
  for (const auto& [number, candidate] : best) out.push_back(candidate);
  const std::size_t kept = std::min(most, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kept), out.end(), better);
  out.resize(kept);
  return out;
}

}  // namespace polyclinic
