#pragma once
// Label numbers of tokens, and what a decoder may choose among.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace polyclinic {

inline constexpr std::int32_t ignored_label = -100;  // a token without a loss (PyTorch's ignore_index)

// One layer's labels: a softmax over names.size() values for each token.
struct LabelLayer {
  std::vector<std::string> names;
  std::vector<std::uint8_t> start;        // [n], 1 where a sequence may begin
  std::vector<std::uint8_t> transitions;  // [n * n], row `from`, column `to`: 1 where `to` may follow `from`
  std::size_t size() const { return names.size(); }
};

// Labels of T tokens in L layers.
struct LayeredLabels {
  std::size_t layers = 0;
  std::size_t tokens = 0;
  std::vector<std::int32_t> values;  // [L * T], layer by layer
  std::int32_t& at(std::size_t layer, std::size_t token) { return values[layer * tokens + token]; }
  std::int32_t at(std::size_t layer, std::size_t token) const { return values[layer * tokens + token]; }
  std::span<std::int32_t> layer(std::size_t l) { return std::span(values).subspan(l * tokens, tokens); }
  std::span<const std::int32_t> layer(std::size_t l) const { return std::span(values).subspan(l * tokens, tokens); }
};

}  // namespace polyclinic
