#pragma once
// Which concept a mention means. Candidates: what training and the terminology call by the mention's words, and the
// nearest other names; and "CUI-less" always. Of a candidate c of mention m
//   score = p(c) + 10 w . f(c) + e(c) . (Q s_m + b),  softmax over the candidates of m,
// f: what the lists say (below), p: their fixed word, so that an untrained head answers as a dictionary does,
// e: mean embedding of the name's trigrams (of its own for CUI-less), s: mention_states().
// In training a document does not see what it says itself of a name, else each mention would find its own answer.
#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/terminology.h"
#include "model/heads/mention_states.h"

namespace polyclinic {

inline constexpr const char* kNoConcept = "CUI-less";

struct ConceptCandidate {
  std::string concept_id;               // kNoConcept: no name
  std::vector<std::uint32_t> trigrams;  // buckets of its nearest name
  std::vector<float> features;          // kConceptFeatures
  float prior = 0;
};
inline constexpr std::int64_t kConceptFeatures = 7;

struct WindowConcepts {
  std::vector<PlacedMention> mentions;
  std::vector<std::vector<ConceptCandidate>> candidates;  // of each mention; the first is CUI-less
  std::vector<std::int64_t> gold;                         // candidate; -1 without
};

class ConceptScorer {
 public:
  // `terminology`: an MRCONSO.RRF, or empty.
  ConceptScorer(std::int64_t hidden_size, std::string terminology)
      : hidden_size_(hidden_size), path_(std::move(terminology)) {}

  // Names and their concepts, as training's mentions give them. prepare: InputError when no mention has a concept.
  void learn(const std::vector<Example>& training);
  void prepare(const std::vector<Example>& training);
  nlohmann::json inventory() const;
  // FailedError when the terminology is not the one of training.
  void restore(const nlohmann::json& inventory);

  std::vector<HeadParameter> parameters() const;
  void bind(const std::vector<at::Tensor>& tensors) { weights_ = tensors; }

  // With gold: a concept that is no candidate counts as lost and bears no loss; mentions without a concept are not
  // counted.
  std::vector<WindowConcepts> place(const Example& example, const MentionExample& encoded, bool with_gold,
                                    HeadCounts& counts) const;
  struct Item {
    at::Tensor hidden;
    const WindowConcepts* window = nullptr;
  };
  HeadLoss loss(const std::vector<Item>& items) const;                    // one unit a mention with gold
  std::vector<HeadOutput> predict(const std::vector<Item>& items) const;  // the best candidate of each mention
  void decode(const WindowConcepts& window, const HeadOutput& output, Example& into) const;

  // The concept that the lists alone give to some words; nothing when they do not know them.
  std::optional<std::string> look_up(std::string_view words) const;

 private:
  using Counts = std::unordered_map<std::string, int>;  // concept -> mentions
  std::vector<ConceptCandidate> candidates(const std::string& name, const Counts& seen) const;
  at::Tensor scores(const std::vector<Item>& items) const;  // [mentions, most candidates], -1e30 beyond
  void build();
  std::int64_t width() const { return std::min<std::int64_t>(128, hidden_size_); }

  std::int64_t hidden_size_;
  std::string path_;
  std::unordered_map<std::string, Counts> seen_;  // of each normalised name
  Terminology terminology_;
  std::vector<at::Tensor> weights_;
};

}  // namespace polyclinic
