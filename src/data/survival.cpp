#include "data/survival.h"

#include <algorithm>
#include <optional>
#include <set>

#include "data/labels/span_targets.h"

namespace polyclinic {

std::string_view to_string(Loss loss) {
  switch (loss) {
    case Loss::no_token:
      return "no token holds it";
    case Loss::no_window:
      return "no window holds it";
    case Loss::inside_token:
      return "it begins or ends inside a token";
    case Loss::no_layer:
      return "it overlaps too many mentions";
  }
  return "";
}

std::vector<std::string> mention_types(const std::vector<Example>& examples) {
  std::set<std::string> types;
  for (const Example& example : examples) {
    for (const Mention& mention : example.mentions) types.insert(mention.type);
  }
  return {types.begin(), types.end()};
}

namespace {
// Why labels made for this mention alone would lose it too; nothing when others are the reason.
Loss reason(const TokenizedText& text, TokenRange window, const Mention& mention, const MentionLabels& labels) {
  const bool alone = labels.encode(text, window, {mention}).lost.empty();
  if (alone) return Loss::no_layer;
  const bool aligned = std::all_of(mention.fragments.begin(), mention.fragments.end(),
                                   [&](const Span& fragment) { return text.aligned(fragment); });
  return aligned ? Loss::no_layer : Loss::inside_token;
}

void count(const Example& example, const TokenizedText& text, const std::vector<TokenRange>& windows,
           const MentionLabels& labels, Survival& result) {
  std::vector<EncodedMentions> encoded;
  encoded.reserve(windows.size());
  for (const TokenRange& window : windows) encoded.push_back(labels.encode(text, window, example.mentions));
  for (std::size_t m = 0; m < example.mentions.size(); ++m) {
    const Mention& mention = example.mentions[m];
    const auto hull = token_hull(text, mention);
    const auto owner = hull ? owner_of(windows, *hull) : std::nullopt;
    std::optional<Loss> loss;
    if (!hull) {
      loss = Loss::no_token;
    } else if (!owner) {
      loss = Loss::no_window;
    } else if (std::binary_search(encoded[*owner].lost.begin(), encoded[*owner].lost.end(), m)) {
      loss = reason(text, windows[*owner], mention, labels);
    }
    const bool discontiguous = mention.fragments.size() > 1;
    ++result.mentions;
    result.discontiguous += discontiguous;
    result.survived += !loss;
    result.discontiguous_survived += discontiguous && !loss;
    if (loss) result.lost.push_back({example.id, m, *loss});
  }
}
}  // namespace

Survival survival(const std::vector<Example>& examples, const Tokenizer& tokenizer, const MentionLabels& labels,
                  const WindowOptions& options, const SentenceBegins& sentences) {
  Survival result;
  const std::size_t specials = tokenizer.prefix_ids().size() + tokenizer.suffix_ids().size();
  for (const Example& example : examples) {
    const TokenizedText text(example.text, tokenizer.encode_plain(example.text, false));
    const std::vector<std::size_t> begins = sentences ? sentences(example.text) : std::vector<std::size_t>{};
    count(example, text, plan_windows(text, begins, options, specials), labels, result);
  }
  return result;
}

Survival span_survival(const std::vector<Example>& examples, const Tokenizer& tokenizer, const WindowOptions& options,
                       const SentenceBegins& sentences) {
  Survival result;
  const std::vector<std::string> types = mention_types(examples);
  const bool nested = std::any_of(examples.begin(), examples.end(), overlaps_in_type);
  const std::size_t specials = tokenizer.prefix_ids().size() + tokenizer.suffix_ids().size();
  for (const Example& example : examples) {
    const TokenizedText text(example.text, tokenizer.encode_plain(example.text, false));
    const std::vector<std::size_t> begins = sentences ? sentences(example.text) : std::vector<std::size_t>{};
    const std::vector<TokenRange> windows = plan_windows(text, begins, options, specials);
    const auto targets = span_targets(example.mentions, types, types.size() * (nested ? 2 : 1), text, windows);
    const std::vector<Mention> found = read_spans(targets, types, text, windows);
    for (std::size_t m = 0; m < example.mentions.size(); ++m) {
      const bool back = std::any_of(found.begin(), found.end(), [&](const Mention& other) {
        return other.type == example.mentions[m].type && other.fragments == example.mentions[m].fragments;
      });
      ++result.mentions;
      result.survived += back;
      if (back) continue;
      const bool aligned = text.aligned(example.mentions[m].fragments.front());
      result.lost.push_back({example.id, m, aligned ? Loss::no_layer : Loss::inside_token});
    }
  }
  return result;
}

}  // namespace polyclinic
