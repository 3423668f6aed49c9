#pragma once
// Directed relations between mentions of one window, all pairs from the same states: what the heads that find relations
// share. For a pair (first, second) in text order
//   z = gelu(F s_first + S s_second + B m + E[types] + D[distance] + b),  logits = O z + c,
// s: mention_states(), m: the mean state of the tokens between the two, logits: "none" and each label of PairRules.
// Labels that the pair's types never had in training are out. Loss: adaptive thresholding (Zhou, Huang, Ma and Huang,
// AAAI 2021, equations 5 and 6), with "none" as the threshold, since a pair may have several labels. Decision: the
// probability of a label against "none" alone must exceed a number: 0.5, as in the paper, or the one tuned on dev.
#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "data/pair_candidates.h"
#include "model/heads/label_choice.h"
#include "model/heads/mention_states.h"

namespace polyclinic {

// One candidate pair inside a window.
struct WindowPair {
  std::size_t first = 0, second = 0;  // indices into WindowPairs::mentions
  std::size_t rule = 0;               // index into PairRules::rules
  std::size_t distance = 0;           // bucket of the characters between
  TokenRange between;                 // rows; empty when nothing lies between
  std::vector<std::size_t> labels;    // gold
};

struct WindowPairs {
  std::vector<PlacedMention> mentions;
  std::vector<WindowPair> pairs;
};

struct PairOptions {
  std::int64_t hidden_size = 0;
  std::int64_t width = 256;  // of z; never more than hidden_size
  // Of training's negatives a window keeps so many a positive, and at least so many; all when fewer.
  std::size_t negatives_per_positive = 10, fewest_negatives = 20;
};

class PairClassifier {
 public:
  explicit PairClassifier(const PairOptions& options) : options_(options) {}

  void prepare(const std::vector<Example>& training) { rules_ = learn_pair_rules(training); }
  nlohmann::json inventory() const;
  void restore(const nlohmann::json& inventory);
  const PairRules& rules() const { return rules_; }

  std::vector<HeadParameter> parameters() const;
  void bind(const std::vector<at::Tensor>& tensors) { weights_ = tensors; }

  // The candidates of each window: a pair belongs to the window that owns both. With gold, labels and sampled
  // negatives, and counts of relations that no candidate of a window holds.
  std::vector<WindowPairs> place(const Example& example, const MentionExample& encoded, bool with_gold,
                                 HeadCounts& counts) const;

  // One window of a batch: its rows [R, d] and its pairs.
  struct Item {
    at::Tensor hidden;
    const WindowPairs* window = nullptr;
  };
  // [pairs of all items, 1 + labels]; column 0 is "none".
  at::Tensor logits(const std::vector<Item>& items) const;
  // Summed over all pairs; one unit a pair.
  HeadLoss loss(const std::vector<Item>& items) const;
  // Of each item, (pair, label) of every label that is not far below "none", and its probability against "none".
  std::vector<HeadOutput> predict(const std::vector<Item>& items) const;
  // The decisions of one example with the gold mentions given (each type and place once), into the search for the
  // number that its labels' probabilities must exceed.
  void judge(const Example& gold, const std::vector<WindowPairs>& windows, const std::vector<HeadOutput>& outputs,
             ThresholdSearch& search) const;
  void set_threshold(double threshold) { threshold_ = threshold; }

  // Adds the relations that an output names to `into`; mentions keep their indices.
  void decode(const WindowPairs& window, const HeadOutput& output, Example& into) const;

 private:
  std::int64_t width() const { return std::min(options_.width, options_.hidden_size); }
  std::int64_t features() const;
  Relation relation(const WindowPairs& window, const HeadOutput& output, std::size_t decision) const;
  at::Tensor allowed(const std::vector<Item>& items, const at::TensorOptions& to) const;

  PairOptions options_;
  PairRules rules_;
  double threshold_ = 0.5;
  std::vector<at::Tensor> weights_;  // parameters(), in their order
};

// Sorts relations by place, drops repeated ones and numbers them R1, R2, ...
void finish_relations(Example& example);

}  // namespace polyclinic
