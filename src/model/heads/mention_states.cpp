#include "model/heads/mention_states.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "data/labels/mention_labels.h"
#include "model/upload.h"
#include "text/sentences.h"

namespace polyclinic {
namespace {

// Last token of the sentence that holds token `at`.
std::size_t sentence_end(const TokenizedText& text, const std::vector<std::size_t>& begins, std::size_t at) {
  const std::vector<Token>& tokens = text.tokens();
  const auto next = std::upper_bound(begins.begin(), begins.end(), tokens[at].end - 1);
  if (next == begins.end()) return tokens.size() - 1;
  const auto beyond =
      std::partition_point(tokens.begin(), tokens.end(), [&](const Token& token) { return token.end <= *next; });
  return std::max(at, static_cast<std::size_t>(beyond - tokens.begin()) - 1);
}

}  // namespace

void encode_mentions(const Example& example, const Tokenizer& tokenizer, const WindowOptions& options,
                     MentionExample& out) {
  encode_windows(example, tokenizer, options, out);
  const std::vector<std::size_t> begins = sentence_begins(example.text);
  for (const Mention& mention : example.mentions) {
    out.hulls.push_back(token_hull(*out.text, mention));
    out.owners.push_back(out.hulls.back() ? owner_of(out.windows, *out.hulls.back()) : std::nullopt);
    out.sentence_ends.push_back(out.hulls.back() ? sentence_end(*out.text, begins, out.hulls.back()->last - 1) : 0);
    out.fragments.emplace_back();
    if (!out.hulls.back()) continue;
    for (const Span& fragment : mention.fragments) out.fragments.back().push_back(*out.text->tokens_of(fragment));
  }
}

PlacedMention MentionExample::placed(std::size_t window, std::size_t mention) const {
  PlacedMention out{mention, {}, row(window, std::min(sentence_ends[mention], windows[window].last - 1))};
  for (const TokenRange& range : fragments[mention]) {
    out.fragments.push_back({row(window, range.first), row(window, range.last)});
  }
  return out;
}

at::Tensor mean_rows(const at::Tensor& hidden, const std::vector<std::vector<TokenRange>>& sets) {
  const auto rows = static_cast<std::size_t>(hidden.size(0));
  std::vector<float> weights(sets.size() * rows, 0.0F);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    float* const own = weights.data() + i * rows;
    for (const TokenRange& range : sets[i]) std::fill(own + range.first, own + range.last, 1.0F);
    const auto count = static_cast<float>(std::count(own, own + rows, 1.0F));
    if (count > 1) std::replace(own, own + rows, 1.0F, 1.0F / count);
  }
  const at::Tensor matrix =
      upload(at::tensor(weights).view({static_cast<std::int64_t>(sets.size()), hidden.size(0)}), hidden.options());
  return at::mm(matrix, hidden);
}

at::Tensor mention_states(const at::Tensor& hidden, const std::vector<PlacedMention>& mentions) {
  std::vector<std::vector<TokenRange>> sets;
  for (const PlacedMention& mention : mentions) {
    const std::size_t first = mention.fragments.front().first, last = mention.fragments.back().last - 1;
    sets.push_back({{first, first + 1}});
    sets.push_back({{last, last + 1}});
    sets.push_back(mention.fragments);
    sets.push_back({{mention.sentence_end, mention.sentence_end + 1}});
  }
  return mean_rows(hidden, sets).view({static_cast<std::int64_t>(mentions.size()), kMentionStates * hidden.size(1)});
}

}  // namespace polyclinic
