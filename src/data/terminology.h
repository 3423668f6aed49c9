#pragma once
// Names of concepts, and which concepts a mention's words may mean. Names are compared as UMLS's norm does without its
// inflection tables: lower case, words alone, possessive and function words left out, in alphabetical order. Names that
// are not the same are near by the cosine of their character trigrams, weighted by how rare these are.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/name_hash.h"

namespace polyclinic {

// "Failure, of the Kidney's" -> "failure kidney".
std::string normalised_name(std::string_view name);

// Trigrams of a normalised name, each once, as numbers: of " " + word + " " for each word.
std::vector<std::uint32_t> name_trigrams(std::string_view normalised);

class Terminology {
 public:
  struct Candidate {
    std::uint32_t name = 0;  // the concept's nearest name
    bool exact = false;      // equal after normalisation
    float similarity = 0;    // cosine, 0 to 1
  };

  // Rows of UMLS's MRCONSO.RRF (18 fields and a last '|'): English names that are not suppressed. InputError names file
  // and line of a row with fewer fields.
  void read_mrconso(const std::filesystem::path& path);
  void add(std::string concept_id, std::string_view name);
  // True for a name of the file, false for one that only add() gave.
  bool listed(std::uint32_t name) const { return name < listed_; }
  // After the last add() and before the first candidates().
  void finish();

  std::size_t names() const { return names_.size(); }
  const std::string& concept_of(std::uint32_t name) const { return concepts_[concept_[name]]; }
  const std::string& name(std::uint32_t name) const { return names_[name]; }  // normalised

  // The `most` nearest concepts of a normalised name: exact ones, then by similarity; of equals the first added.
  std::vector<Candidate> candidates(const std::string& normalised, std::size_t most) const;
  // A number that follows from all names and concepts in their order.
  std::uint64_t content() const { return content_; }

 private:
  std::vector<std::string> concepts_;
  std::unordered_map<std::string, std::uint32_t> concept_number_;
  std::vector<std::string> names_;      // normalised
  std::vector<std::uint32_t> concept_;  // of each name
  std::vector<float> length_;           // of each name's weighted trigrams
  std::unordered_map<std::string, std::vector<std::uint32_t>> exact_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> postings_;  // names of each trigram
  std::uint64_t content_ = name_hash_start;
  std::uint32_t listed_ = 0;
  float rarity(std::size_t holders) const;
};

}  // namespace polyclinic
