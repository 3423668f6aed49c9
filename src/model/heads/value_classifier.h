#pragma once
// Values of mentions' attributes, from their states: what the heads that fill attributes share. For each type of
// mention and attribute a softmax over the values of training; "no such attribute" is a value like any other.
//   z = gelu(W s + b),  logits = O z + c,  s: mention_states()
#include <ATen/core/Tensor.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/heads/mention_states.h"

namespace polyclinic {

struct AttributeChoice {
  std::string type;                                // of the mention
  std::string name;                                // of the attribute
  std::vector<std::optional<std::string>> values;  // at least two; nothing: the attribute is absent
};

// Mentions of one window whose attributes are judged there, and their gold values.
struct WindowValues {
  std::vector<PlacedMention> mentions;
  struct Decision {
    std::size_t mention = 0;  // index into mentions
    std::size_t choice = 0;   // index into ValueClassifier::choices()
    std::int64_t value = -1;  // gold; -1 without
  };
  std::vector<Decision> decisions;
};

class ValueClassifier {
 public:
  // Which attribute values of training are learnt: names that `wanted` takes. An attribute with one value alone needs
  // no decision and is written as it is; one with more than `most` values is no choice and is left out.
  using Wanted = std::function<bool(const std::string& name)>;
  ValueClassifier(std::int64_t hidden_size, Wanted wanted, std::size_t most = 64)
      : hidden_size_(hidden_size), wanted_(std::move(wanted)), most_(most) {}

  void prepare(const std::vector<Example>& training);
  nlohmann::json inventory() const;
  void restore(const nlohmann::json& inventory);
  const std::vector<AttributeChoice>& choices() const { return choices_; }
  bool empty() const { return choices_.empty(); }

  std::vector<HeadParameter> parameters() const;  // none when empty
  void bind(const std::vector<at::Tensor>& tensors) { weights_ = tensors; }

  // The mentions of each window that it owns. With gold, a value that training did not have counts as lost, as do the
  // values of mentions that no window holds; attributes of one value alone are not counted.
  std::vector<WindowValues> place(const Example& example, const MentionExample& encoded, bool with_gold,
                                  HeadCounts& counts) const;

  struct Item {
    at::Tensor hidden;
    const WindowValues* window = nullptr;
  };
  // Summed over the decisions with gold; one unit each.
  HeadLoss loss(const std::vector<Item>& items) const;
  // Of each item, the best value of each decision.
  std::vector<std::vector<std::int32_t>> predict(const std::vector<Item>& items) const;
  // Clears what the classifier speaks of and sets the attributes of one value alone.
  void clear(Example& example) const;
  void decode(const WindowValues& window, const std::int32_t* values, Example& into) const;

 private:
  at::Tensor logits(const std::vector<Item>& items) const;  // [decisions, values of all choices], -1e30 off the choice
  std::int64_t width() const { return std::min<std::int64_t>(256, hidden_size_); }

  std::int64_t hidden_size_;
  Wanted wanted_;
  std::size_t most_;
  std::vector<AttributeChoice> choices_;
  std::vector<AttributeChoice> constants_;  // one value each
  std::vector<std::int64_t> begins_;        // first row of each choice in the output
  std::int64_t rows_ = 0;
  std::vector<at::Tensor> weights_;
  void number_rows();
};

}  // namespace polyclinic
