#pragma once
// Where in a window the cue of an attribute stands ("denies" for negation): a pointer to its first and its last token.
// For mention m, attribute a and token t of the window
//   begin(t) = (Q s_m + u_a) . K h_t / sqrt(w),  end(t) likewise with weights of its own,  softmax over the tokens;
// decoding takes the pair begin <= end, at most `longest` tokens apart, with the largest sum.
#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/heads/mention_states.h"

namespace polyclinic {

// The cues asked for in one window.
struct WindowCues {
  std::vector<PlacedMention> mentions;
  TokenRange rows;  // the window's text, special tokens not among it
  struct Question {
    std::size_t mention = 0;    // index into mentions
    std::size_t attribute = 0;  // index into CuePointer's names
    TokenRange gold;            // rows; empty without
  };
  std::vector<Question> questions;
};

class CuePointer {
 public:
  explicit CuePointer(std::int64_t hidden_size) : hidden_size_(hidden_size) {}
  void set_names(std::vector<std::string> names) { names_ = std::move(names); }
  const std::vector<std::string>& names() const { return names_; }

  std::vector<HeadParameter> parameters() const;  // none without names
  void bind(const std::vector<at::Tensor>& tensors) { weights_ = tensors; }

  struct Item {
    at::Tensor hidden;
    const WindowCues* window = nullptr;
  };
  HeadLoss loss(const std::vector<Item>& items) const;  // one unit a question with gold
  // First and last row of each question of each item.
  std::vector<std::vector<std::int32_t>> predict(const std::vector<Item>& items) const;

 private:
  // [questions, rows of the window's text] each, of one window.
  std::pair<at::Tensor, at::Tensor> scores(const Item& item) const;
  std::int64_t width() const { return std::min<std::int64_t>(128, hidden_size_); }

  std::int64_t hidden_size_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> weights_;
};

}  // namespace polyclinic
