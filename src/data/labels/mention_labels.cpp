#include "data/labels/mention_labels.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "core/concat.h"
#include "core/error.h"
#include "data/labels/span_layer.h"
#include "data/window.h"

namespace polyclinic {

namespace {
constexpr std::size_t edge_labels = 8;  // 0 to 7 characters

LabelLayer edge_layer(const char* name) {
  LabelLayer layer;
  for (std::size_t i = 0; i < edge_labels; ++i) layer.names.push_back(concat(name, i));
  layer.start.assign(edge_labels, 1);
  layer.transitions.assign(edge_labels * edge_labels, 1);
  return layer;
}

TokenMention in_window(TokenMention mention, std::size_t first) {
  for (TokenRange& range : mention.fragments) range.first -= first, range.last -= first;
  return mention;
}

void set_edge(std::int32_t& label, std::size_t characters) {
  // The mention that came first keeps a token that two mentions cut differently.
  if (label == ignored_label && characters < edge_labels) label = static_cast<std::int32_t>(characters);
}

std::size_t edge(std::int32_t label) { return label > 0 ? static_cast<std::size_t>(label) : 0; }
}  // namespace

MentionLabels::MentionLabels(std::vector<std::string> types, Form form, std::size_t span_layers)
    : types_(std::move(types)), form_(form), span_layers_(form == Form::layered ? span_layers : 1) {
  if (std::set<std::string>(types_.begin(), types_.end()).size() != types_.size()) {
    throw InputError("mention types are named twice", {}, "name each type once");
  }
  if (span_layers_ < 1 || span_layers_ > 8) {
    throw InputError(concat("mention labels have 1 to 8 span layers, not ", span_layers_));
  }
  layers_.assign(span_layers_, SpanLayer(types_, form == Form::layered).layer());
  if (form != Form::bio) {
    layers_.push_back(edge_layer("before-"));
    layers_.push_back(edge_layer("after-"));
  }
}

// Token ranges of the fragments in the document; fragments that share a token become one. Nothing when a fragment
// lies in no token.
std::optional<MentionLabels::PlacedMention> MentionLabels::place(const TokenizedText& text, const Mention& mention,
                                                                 std::size_t index, std::size_t type) {
  PlacedMention placing{index, {type, {}}, mention.fragments};
  for (const Span& fragment : mention.fragments) {
    const auto range = text.tokens_of(fragment);
    if (!range) return std::nullopt;
    std::vector<TokenRange>& ranges = placing.mention.fragments;
    if (!ranges.empty() && range->first < ranges.back().last) {
      ranges.back().last = std::max(ranges.back().last, range->last);
      placing.spans.clear();
    } else {
      ranges.push_back(*range);
    }
  }
  if (placing.mention.fragments.empty()) return std::nullopt;
  return placing;
}

MentionLabels::Placement MentionLabels::place_all(const TokenizedText& text, TokenRange window,
                                                  const std::vector<Mention>& mentions) const {
  Placement out;
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    const auto type = std::find(types_.begin(), types_.end(), mentions[i].type);
    if (type == types_.end()) {
      throw InputError(concat("mention of type '", mentions[i].type, "', which the labels do not know"),
                       {.key = mentions[i].id});
    }
    auto placing = place(text, mentions[i], i, static_cast<std::size_t>(type - types_.begin()));
    if (!placing) {
      out.nowhere.push_back(i);
      continue;
    }
    const TokenRange hull = placing->mention.hull();
    if (hull.last <= window.first || hull.first >= window.last) continue;
    const bool whole = hull.first >= window.first && hull.last <= window.last;
    (whole ? out.whole : out.partly).push_back(std::move(*placing));
  }
  std::stable_sort(out.whole.begin(), out.whole.end(), [](const PlacedMention& a, const PlacedMention& b) {
    const TokenRange x = a.mention.hull(), y = b.mention.hull();
    return x.first != y.first ? x.first < y.first : x.last > y.last;
  });
  return out;
}

void MentionLabels::write(const TokenizedText& text, TokenRange window, const std::vector<PlacedMention>& mentions,
                          LayeredLabels& labels) const {
  const SpanLayer spans(types_, form_ == Form::layered);
  std::vector<std::vector<TokenMention>> placed(span_layers_);
  for (const PlacedMention& placing : mentions) {
    TokenMention mention = in_window(placing.mention, window.first);
    if (form_ != Form::layered) mention.fragments = {mention.hull()};
    std::size_t l = 0;
    while (l < span_layers_ && !spans.fits(placed[l], mention)) ++l;
    if (l == span_layers_) continue;
    spans.write(mention, labels.layer(l));
    placed[l].push_back(mention);
    if (form_ == Form::bio || placing.spans.size() != mention.fragments.size()) continue;
    for (std::size_t f = 0; f < placing.spans.size(); ++f) {
      const Span all = text.span_of(placing.mention.fragments[f]), part = placing.spans[f];
      if (part.begin < all.begin || part.end > all.end) continue;  // a mention that begins or ends with a blank
      set_edge(labels.at(span_layers_, mention.fragments[f].first), part.begin - all.begin);
      set_edge(labels.at(span_layers_ + 1, mention.fragments[f].last - 1), all.end - part.end);
    }
  }
}

EncodedMentions MentionLabels::encode(const TokenizedText& text, TokenRange window,
                                      const std::vector<Mention>& mentions) const {
  EncodedMentions out;
  out.labels = {layers_.size(), window.size(), std::vector<std::int32_t>(layers_.size() * window.size(), 0)};
  for (std::size_t l = span_layers_; l < layers_.size(); ++l) std::ranges::fill(out.labels.layer(l), ignored_label);
  const Placement placement = place_all(text, window, mentions);
  write(text, window, placement.whole, out.labels);

  out.lost = placement.nowhere;
  const std::vector<DecodedMention> back = decode(text, window, out.labels);
  for (const PlacedMention& placing : placement.whole) {
    const Mention& gold = mentions[placing.index];
    const bool found = std::any_of(back.begin(), back.end(), [&](const DecodedMention& m) {
      return m.type == gold.type && m.fragments == gold.fragments;
    });
    if (!found) out.lost.push_back(placing.index);
  }
  std::sort(out.lost.begin(), out.lost.end());

  for (const PlacedMention& placing : placement.partly) {
    out.cut.push_back(placing.index);
    for (const TokenRange& range : placing.mention.fragments) {
      for (std::size_t i = std::max(range.first, window.first); i < std::min(range.last, window.last); ++i) {
        for (std::size_t l = 0; l < span_layers_; ++l) {
          if (std::int32_t& label = out.labels.at(l, i - window.first); label == 0) label = ignored_label;
        }
      }
    }
  }
  return out;
}

Span MentionLabels::fragment_of(const TokenizedText& text, TokenRange window, const LayeredLabels& labels,
                                TokenRange range) const {
  Span span = text.span_of({range.first + window.first, range.last + window.first});
  if (form_ == Form::bio) return span;
  const std::size_t before = edge(labels.at(span_layers_, range.first));
  const std::size_t after = edge(labels.at(span_layers_ + 1, range.last - 1));
  // Edges that leave nothing are no edges.
  if (before + after < span.end - span.begin) span.begin += before, span.end -= after;
  return span;
}

std::vector<DecodedMention> MentionLabels::decode(const TokenizedText& text, TokenRange window,
                                                  const LayeredLabels& labels) const {
  const SpanLayer spans(types_, form_ == Form::layered);
  std::vector<DecodedMention> mentions;
  for (std::size_t l = 0; l < span_layers_; ++l) {
    for (const TokenMention& found : spans.read(labels.layer(l))) {
      DecodedMention mention{types_[found.type], {}, found.hull()};
      mention.hull.first += window.first, mention.hull.last += window.first;
      for (const TokenRange& range : found.fragments) {
        const Span span = fragment_of(text, window, labels, range);
        if (span.begin == span.end) continue;  // blanks alone
        if (!mention.fragments.empty() && span.begin < mention.fragments.back().end) {
          mention.fragments.back().end = span.end;  // two tokens of one character
        } else {
          mention.fragments.push_back(span);
        }
      }
      if (!mention.fragments.empty() && std::find(mentions.begin(), mentions.end(), mention) == mentions.end()) {
        mentions.push_back(std::move(mention));
      }
    }
  }
  std::stable_sort(mentions.begin(), mentions.end(),
                   [](const DecodedMention& a, const DecodedMention& b) { return a.hull.first < b.hull.first; });
  return mentions;
}

std::optional<TokenRange> token_hull(const TokenizedText& text, const Mention& mention) {
  std::optional<TokenRange> hull;
  for (const Span& fragment : mention.fragments) {
    const auto range = text.tokens_of(fragment);
    if (!range) return std::nullopt;
    hull = hull ? TokenRange{hull->first, std::max(hull->last, range->last)} : *range;
  }
  return hull;
}

std::vector<DecodedMention> merge_windows(const std::vector<TokenRange>& windows,
                                          const std::vector<std::vector<DecodedMention>>& of_window) {
  std::vector<DecodedMention> merged;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    for (const DecodedMention& mention : of_window.at(w)) {
      if (owner_of(windows, mention.hull) == w) merged.push_back(mention);
    }
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const DecodedMention& a, const DecodedMention& b) { return a.hull.first < b.hull.first; });
  return merged;
}

}  // namespace polyclinic
