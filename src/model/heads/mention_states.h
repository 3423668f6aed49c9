#pragma once
// Mentions inside windows, and what the trunk's final states say of each: the state of its first token, of its last
// token, the mean over its fragments, and the state of the last token of its sentence, which has read all of it (with
// causal attention a mention's own tokens have not read what follows them; docs/decisions.md, 2026-11-24).
// Gathering is one matrix product a window, so that its gradient adds up in a fixed order on every device.
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "model/heads/windowed_example.h"

namespace polyclinic {

// One mention in the sequence of one window.
struct PlacedMention {
  std::size_t mention = 0;            // index into Example::mentions
  std::vector<TokenRange> fragments;  // rows of the sequence, not empty
  std::size_t sentence_end = 0;       // row of the last token of the sentence that the mention ends in
};

inline constexpr std::int64_t kMentionStates = 4;  // states of one mention

struct MentionExample : WindowedExample {
  std::vector<std::optional<TokenRange>> hulls;    // of each mention, in tokens of the document; nothing: no token
  std::vector<std::optional<std::size_t>> owners;  // the window whose word on a mention counts; nothing: no window
  std::vector<std::size_t> sentence_ends;          // of each mention, last token (of the document) of its sentence
  std::vector<std::vector<TokenRange>> fragments;  // of each mention, in tokens of the document

  PlacedMention placed(std::size_t window, std::size_t mention) const;
};

// As encode_windows, and places the mentions of the example.
void encode_mentions(const Example& example, const Tokenizer& tokenizer, const WindowOptions& options,
                     MentionExample& out);

// What a scorer of one kind reads of a batch: of each sequence its rows [R, d] and its window in `windows`.
template <typename Item, typename Encoded, typename Window>
std::vector<Item> window_items(const HeadBatch& batch, std::vector<Window> Encoded::*windows) {
  std::vector<Item> out;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& encoded = static_cast<const Encoded&>(*row.example);
    out.push_back({batch.hidden.narrow(0, row.begin, row.end - row.begin), &(encoded.*windows)[row.sequence]});
  }
  return out;
}

// Row i: the mean of the rows of `hidden` [R, d] in sets[i]; zeros where it is empty. [sets, d]
at::Tensor mean_rows(const at::Tensor& hidden, const std::vector<std::vector<TokenRange>>& sets);

// [M, 4 d] from the rows [R, d] of one sequence.
at::Tensor mention_states(const at::Tensor& hidden, const std::vector<PlacedMention>& mentions);

}  // namespace polyclinic
