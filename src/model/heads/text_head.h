#pragma once
// What the heads that read whole texts or pairs share: one sequence an example, and its pooled state.
//   a text:  prefix, text, suffix            a pair:  prefix, text, newline, second text, suffix
// A pair that is longer than a sequence loses tokens from the end of its longer text until both are equally long, then
// from both; a long single text loses its end. HeadCounts says how many were cut and by how much.
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "data/alignment.h"
#include "model/heads/head.h"

namespace polyclinic {

struct TextExample : HeadExample {
  TokenRange first, second;     // rows of the two texts; `second` is empty for a single text
  std::vector<double> targets;  // each head gives them a meaning; empty without gold
  std::string query;            // Example::group: what a candidate belongs to
};

// Reads `task.head_options`: pooling and pair.
class TextReader {
 public:
  explicit TextReader(const HeadOptions& options);

  // Fills sequences and units (0).
  void encode(const Example& example, const Tokenizer& tokenizer, TextExample& out, HeadCounts& counts) const;
  std::int64_t width() const { return compare_ ? 3 * hidden_size_ : hidden_size_; }
  // [rows of the batch, width()]: the pooled state s and, when pairs are compared, with the unit vectors u and v of the
  // two texts' mean states, sqrt(d) |u - v| and d u v, each element by element (Conneau et al. 2017).
  at::Tensor features(const HeadBatch& batch) const;

 private:
  std::int64_t hidden_size_;
  WindowOptions window_;
  bool mean_, compare_;
};

// A head with one linear layer over the features. What stays for the head itself: targets, loss, decoding.
class TextHead : public Head {
 public:
  explicit TextHead(const HeadOptions& options) : reader_(options) {}

  std::vector<HeadParameter> parameters() const override {
    return {{"weight", {outputs(), reader_.width()}, 0.02}, {"bias", {outputs()}, 0}};
  }
  void bind(std::vector<at::Tensor> tensors) override {
    weight_ = tensors.at(0);
    bias_ = tensors.at(1);
  }
  std::unique_ptr<HeadExample> encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                      HeadCounts& counts) const override;

 protected:
  virtual std::int64_t outputs() const = 0;
  // The targets of an example; empty when it has no gold, and then it trains nothing.
  virtual std::vector<double> targets(const Example& example, HeadCounts& counts) const = 0;
  at::Tensor logits(const HeadBatch& batch) const;  // [rows, outputs()]
  // [rows, n] of the rows' targets, n each, in the logits' type and on their device.
  static at::Tensor target_rows(const HeadBatch& batch, const at::Tensor& logits);

 private:
  TextReader reader_;
  at::Tensor weight_, bias_;
};

// Each row of a matrix as the scores of one output.
std::vector<HeadOutput> row_scores(const at::Tensor& matrix);

}  // namespace polyclinic
