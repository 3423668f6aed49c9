#pragma once
// Sequence lengths of a corpus under one tokenizer, special tokens included, and the max_seq_len that they suggest
// (`polyclinic data lengths`).
#include <cstddef>
#include <string>
#include <vector>

#include "tasks/example.h"
#include "text/tokenizer.h"

namespace polyclinic {

class Lengths {
 public:
  explicit Lengths(std::vector<std::size_t> tokens);  // of each example
  std::size_t count() const { return sorted_.size(); }
  std::size_t longest() const { return sorted_.empty() ? 0 : sorted_.back(); }
  double mean() const;
  // The smallest length that at least `percent` of the examples do not exceed (nearest rank); percent in (0, 100].
  std::size_t percentile(double percent) const;
  // percentile(percent), rounded up to a multiple of 8 and at most `limit` (the model's own).
  std::size_t suggested_max_seq_len(double percent, std::size_t limit) const;

  struct Bin {
    std::size_t low, high;  // lengths low .. high - 1
    std::size_t count;
  };
  // At most `bins` bins of equal, round width from 0 to the longest.
  std::vector<Bin> histogram(std::size_t bins) const;

 private:
  std::vector<std::size_t> sorted_;
};

// Of text and second text together, as one sequence.
Lengths measure_lengths(const std::vector<Example>& examples, const Tokenizer& tokenizer);

// A histogram as a standalone SVG file with axes and a mark at `max_seq_len`.
std::string lengths_svg(const Lengths& lengths, const std::string& title, std::size_t max_seq_len);

}  // namespace polyclinic
