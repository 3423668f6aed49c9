#pragma once
// One layer of O, B-X, I-X and J-X (mention_labels.h) in tokens alone.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/alignment.h"
#include "data/labels/layer_labels.h"

namespace polyclinic {

struct TokenMention {
  std::size_t type = 0;               // index of the type
  std::vector<TokenRange> fragments;  // increasing, without a common token
  TokenRange hull() const { return {fragments.front().first, fragments.back().last}; }
  bool operator==(const TokenMention&) const = default;
};

class SpanLayer {
 public:
  // with_joins: J-X is among the labels.
  SpanLayer(const std::vector<std::string>& types, bool with_joins);
  const LabelLayer& layer() const { return layer_; }

  // True when the layer's labels can hold all of `placed` and `mention` beside each other: no common token, and no J-X
  // that would join the wrong mention.
  bool fits(const std::vector<TokenMention>& placed, const TokenMention& mention) const;
  // Writes the labels of a mention that fits.
  void write(const TokenMention& mention, std::span<std::int32_t> labels) const;
  // Mentions in the order of their first token; how ill-formed labels are read: MentionLabels::decode.
  std::vector<TokenMention> read(std::span<const std::int32_t> labels) const;

 private:
  enum class Part { begin, inside, join };
  std::int32_t label(std::size_t type, Part part) const;
  std::size_t parts_;  // labels of one type: 2, or 3 with joins
  LabelLayer layer_;
};

}  // namespace polyclinic
