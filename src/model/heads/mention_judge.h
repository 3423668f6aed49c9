#pragma once
// What is said of mentions that the example holds already (gold in training, an earlier part's in prediction): values
// of their attributes and directed links between them, from one pass over each window. Values and candidate pairs have
// equal weight in the loss, one unit each. The heads relation and temporal are this with settings of their own.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "model/heads/head.h"
#include "model/heads/pair_classifier.h"
#include "model/heads/value_classifier.h"

namespace polyclinic {

struct JudgeSettings {
  ValueClassifier::Wanted attributes;  // names that are learnt
  bool needs_links = false;            // training without links is refused, else training with nothing at all
  std::string needs;                   // the mend of that refusal
};

class MentionJudge : public Head {
 public:
  MentionJudge(const HeadOptions& options, JudgeSettings settings)
      : options_(options),
        settings_(std::move(settings)),
        values_(options.hidden_size, settings_.attributes),
        pairs_({options.hidden_size}) {}

  void prepare(const std::vector<Example>& training) override;
  nlohmann::json inventory() const override;
  void restore(const nlohmann::json& inventory) override;
  std::vector<HeadParameter> parameters() const override;
  void bind(std::vector<at::Tensor> tensors) override;
  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override;
  HeadLoss loss(const HeadBatch& batch) const override;
  // labels: the values of the window's decisions, then what PairClassifier says.
  std::vector<HeadOutput> predict(const HeadBatch& batch) const override;
  // By the decisions on dev with the gold mentions given.
  bool tunes() const override { return with_links_; }
  void tune(const std::vector<TuningExample>& dev) override;
  void decode(const HeadExample& encoded, const std::vector<HeadOutput>& outputs, Example& into) const override;

 private:
  HeadOptions options_;
  JudgeSettings settings_;
  ValueClassifier values_;
  PairClassifier pairs_;
  bool with_links_ = false;
  // The part of an output that PairClassifier made.
  static HeadOutput links_of(const HeadOutput& output, const WindowValues& values);
};

}  // namespace polyclinic
