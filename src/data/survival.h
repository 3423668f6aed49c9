#pragma once
// How many gold mentions come back from text -> tokens -> labels -> text, and which do not (`polyclinic data check`).
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/labels/mention_labels.h"
#include "data/window.h"
#include "tasks/example.h"
#include "text/tokenizer.h"

namespace polyclinic {

// Byte offsets at which the sentences of a text begin; empty function: windows are cut between words.
using SentenceBegins = std::function<std::vector<std::size_t>(std::string_view text)>;

enum class Loss {
  no_token,      // a fragment lies in no token: empty, blank or past the end of the text
  no_window,     // longer than the overlap of windows that it falls between
  inside_token,  // begins or ends inside a token, where the labels cannot say so
  no_layer       // shares tokens with, or is interleaved with, more mentions than there are layers
};
std::string_view to_string(Loss loss);

struct LostMention {
  std::string example;  // Example::id
  std::size_t mention;  // index into its mentions
  Loss why;
};

struct Survival {
  std::size_t mentions = 0, discontiguous = 0;
  std::size_t survived = 0, discontiguous_survived = 0;
  std::vector<LostMention> lost;
  double share() const { return mentions == 0 ? 1.0 : static_cast<double>(survived) / static_cast<double>(mentions); }
};

// Mention types of the examples, sorted: what MentionLabels is made with.
std::vector<std::string> mention_types(const std::vector<Example>& examples);

// A mention survives when the labels of the window that owns it give it back with its type and every fragment.
Survival survival(const std::vector<Example>& examples, const Tokenizer& tokenizer, const MentionLabels& labels,
                  const WindowOptions& windows, const SentenceBegins& sentences = {});
// The same for spans that may overlap, as targets of tokens (labels/span_targets.h).
Survival span_survival(const std::vector<Example>& examples, const Tokenizer& tokenizer, const WindowOptions& windows,
                       const SentenceBegins& sentences = {});

}  // namespace polyclinic
