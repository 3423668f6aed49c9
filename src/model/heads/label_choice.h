#pragma once
// Any number of labels for one text: a logistic output a label, and one threshold on their probabilities. "none", where
// a task writes it, is the absence of labels and no output of its own.
// The threshold is the one with the best micro F1 on dev (0.5 before it was tuned); test plays no part in it.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "model/heads/head.h"

namespace polyclinic {

// Decisions of one kind with their gold: the threshold whose accepted set has the best F1, half-way to the next value;
// of equals the highest. 0.5 when nothing is gold.
class ThresholdSearch {
 public:
  void add(float probability, bool gold) { decisions_.emplace_back(probability, gold); }
  void add_missed(std::int64_t gold) { missed_ += gold; }  // gold that no decision stands for
  double best() const;

 private:
  std::vector<std::pair<float, bool>> decisions_;
  std::int64_t missed_ = 0;
};

class LabelChoice {
 public:
  void prepare(const std::vector<Example>& training);
  nlohmann::json inventory() const;
  void restore(const nlohmann::json& inventory);

  const std::vector<std::string>& names() const { return names_; }
  // 0 or 1 of each name; labels that training did not have count as lost.
  std::vector<double> targets(const std::vector<std::string>& labels, HeadCounts& counts) const;
  // Names whose probability reaches the threshold, else "none" where the task writes that.
  std::vector<std::string> decode(const std::vector<float>& probabilities) const;
  // `probabilities[i]` of the text with the labels `gold[i]`.
  void tune(const std::vector<std::vector<std::string>>& gold, const std::vector<std::vector<float>>& probabilities);
  double threshold() const { return threshold_; }

 private:
  std::vector<std::string> names_;  // sorted, without "none"
  bool writes_none_ = false;
  double threshold_ = 0.5;
};

}  // namespace polyclinic
