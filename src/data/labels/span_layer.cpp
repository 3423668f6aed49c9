#include "data/labels/span_layer.h"

#include <algorithm>
#include <optional>

#include "core/concat.h"

namespace polyclinic {

SpanLayer::SpanLayer(const std::vector<std::string>& types, bool with_joins) : parts_(with_joins ? 3 : 2) {
  layer_.names.emplace_back("O");
  for (const std::string& type : types) {
    layer_.names.push_back(concat("B-", type));
    layer_.names.push_back(concat("I-", type));
    if (with_joins) layer_.names.push_back(concat("J-", type));
  }
  const std::size_t n = layer_.names.size();
  layer_.start.assign(n, 1);
  layer_.transitions.assign(n * n, 1);
  for (std::size_t type = 0; type < types.size(); ++type) {
    const auto inside = static_cast<std::size_t>(label(type, Part::inside));
    layer_.start[inside] = 0;
    if (with_joins) layer_.start[static_cast<std::size_t>(label(type, Part::join))] = 0;
    // I-X continues a fragment of X and nothing else.
    for (std::size_t from = 0; from < n; ++from) {
      layer_.transitions[from * n + inside] = from != 0 && (from - 1) / parts_ == type;
    }
  }
}

std::int32_t SpanLayer::label(std::size_t type, Part part) const {
  return static_cast<std::int32_t>(1 + type * parts_ + static_cast<std::size_t>(part));
}

namespace {
bool share_a_token(const TokenMention& a, const TokenMention& b) {
  for (const TokenRange& x : a.fragments) {
    for (const TokenRange& y : b.fragments) {
      if (x.first < y.last && y.first < x.last) return true;
    }
  }
  return false;
}

// True when `other` begins between the first token of `mention` and its last fragment, which would then join `other`.
bool steals_a_join(const TokenMention& mention, const TokenMention& other) {
  return mention.fragments.size() > 1 && mention.hull().first < other.hull().first &&
         other.hull().first < mention.fragments.back().first;
}
}  // namespace

bool SpanLayer::fits(const std::vector<TokenMention>& placed, const TokenMention& mention) const {
  if (parts_ == 2 && mention.fragments.size() > 1) return false;
  return std::none_of(placed.begin(), placed.end(), [&](const TokenMention& other) {
    if (share_a_token(mention, other)) return true;
    return mention.type == other.type && (steals_a_join(mention, other) || steals_a_join(other, mention));
  });
}

void SpanLayer::write(const TokenMention& mention, std::span<std::int32_t> labels) const {
  for (std::size_t f = 0; f < mention.fragments.size(); ++f) {
    const TokenRange& range = mention.fragments[f];
    labels[range.first] = label(mention.type, f == 0 ? Part::begin : Part::join);
    for (std::size_t i = range.first + 1; i < range.last; ++i) labels[i] = label(mention.type, Part::inside);
  }
}

std::vector<TokenMention> SpanLayer::read(std::span<const std::int32_t> labels) const {
  std::vector<TokenMention> mentions;
  std::vector<std::optional<std::size_t>> latest((layer_.size() - 1) / parts_);  // of each type
  std::optional<std::size_t> running;                                            // the mention of the token before
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] <= 0) {
      running.reset();
      continue;
    }
    const std::size_t type = static_cast<std::size_t>(labels[i] - 1) / parts_;
    const auto part = static_cast<Part>(static_cast<std::size_t>(labels[i] - 1) % parts_);
    if (part == Part::inside && running && mentions[*running].type == type) {
      mentions[*running].fragments.back().last = i + 1;
    } else if (part == Part::join && latest[type]) {
      running = latest[type];
      mentions[*running].fragments.push_back({i, i + 1});
    } else {
      running = latest[type] = mentions.size();
      mentions.push_back({type, {{i, i + 1}}});
    }
  }
  return mentions;
}

}  // namespace polyclinic
