#include "data/labels/span_targets.h"

#include <algorithm>

#include "core/concat.h"
#include "data/labels/layer_labels.h"
#include "data/window.h"

namespace polyclinic {
namespace {

struct PlacedSpan {
  std::size_t type;
  TokenRange range;
  Span span;
};

std::vector<PlacedSpan> place(const std::vector<Mention>& mentions, const std::vector<std::string>& types,
                              const TokenizedText& text) {
  std::vector<PlacedSpan> placed;
  for (const Mention& mention : mentions) {
    const auto type = std::lower_bound(types.begin(), types.end(), mention.type);
    const Span span = mention.fragments.front();
    const auto range = text.tokens_of(text.trimmed(span));
    if (!range || type == types.end() || *type != mention.type) continue;
    placed.push_back({static_cast<std::size_t>(type - types.begin()), *range, span});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const PlacedSpan& a, const PlacedSpan& b) {
    return a.range.first != b.range.first ? a.range.first < b.range.first : a.range.last > b.range.last;
  });
  return placed;
}

void mark(const TokenizedText& text, TokenRange window, const PlacedSpan& placed, std::size_t lane, std::size_t lanes,
          SpanTargets& targets) {
  const auto set_edge = [&](std::size_t side, std::size_t token, std::size_t from, std::size_t to) {
    if (token < window.first || token >= window.last) return;
    std::int64_t& target = targets.edges[side][token - window.first];
    const auto edge = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from) + no_edge;
    if (target == ignored_label && edge >= 0 && edge < span_edges) target = edge;
  };
  const auto& [type, range, span] = placed;
  const Span all = text.span_of(range);
  set_edge(0, range.first, all.begin, span.begin);
  set_edge(1, range.last - 1, span.end, all.end);
  for (std::size_t at = std::max(range.first, window.first); at < std::min(range.last, window.last); ++at) {
    targets.inside[(at - window.first) * lanes + lane] = 1;
    if (at == range.first) targets.begin[(at - window.first) * lanes + lane] = 1;
  }
}

Span with_edges(const TokenizedText& text, Span span, std::int64_t before, std::int64_t after) {
  const auto begin = static_cast<std::int64_t>(span.begin) + before, end = static_cast<std::int64_t>(span.end) - after;
  if (begin < 0 || begin >= end || end > static_cast<std::int64_t>(text.offsets().code_points())) return span;
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

std::int64_t characters(std::int64_t edge) { return edge == ignored_label ? 0 : edge - no_edge; }

}  // namespace

std::vector<SpanTargets> span_targets(const std::vector<Mention>& mentions, const std::vector<std::string>& types,
                                      std::size_t lanes, const TokenizedText& text,
                                      const std::vector<TokenRange>& windows) {
  const std::vector<PlacedSpan> placed = place(mentions, types, text);
  std::vector<SpanTargets> out;
  for (const TokenRange& window : windows) {
    SpanTargets targets;
    targets.inside.assign(window.size() * lanes, 0);
    targets.begin.assign(window.size() * lanes, 0);
    targets.edges.fill(std::vector<std::int64_t>(window.size(), ignored_label));
    std::vector<std::size_t> taken(lanes, 0);  // of each lane, where its latest span ends
    for (const PlacedSpan& one : placed) {
      std::size_t lane = one.type;
      while (lane < lanes && one.range.first < taken[lane]) lane += types.size();
      if (lane >= lanes) continue;
      taken[lane] = one.range.last;
      mark(text, window, one, lane, lanes, targets);
    }
    out.push_back(std::move(targets));
  }
  return out;
}

std::vector<Mention> read_spans(const std::vector<SpanTargets>& said, const std::vector<std::string>& types,
                                const TokenizedText& text, const std::vector<TokenRange>& windows) {
  std::vector<Mention> found;
  for (std::size_t w = 0; w < said.size(); ++w) {
    const SpanTargets& own = said[w];
    const std::size_t tokens = windows[w].size(), lanes = tokens == 0 ? 0 : own.inside.size() / tokens;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto inside = [&](std::size_t at) { return own.inside[at * lanes + lane] > 0; };
      const auto begins = [&](std::size_t at) { return own.begin[at * lanes + lane] > 0; };
      for (std::size_t at = 0; at < tokens;) {
        std::size_t end = at;
        while (end < tokens && inside(end) && (end == at || !begins(end))) ++end;
        const std::size_t first = at;
        const TokenRange range{windows[w].first + at, windows[w].first + end};
        at = std::max(end, at + 1);
        if (range.size() == 0 || owner_of(windows, range) != w) continue;
        const Span span =
            with_edges(text, text.span_of(range), characters(own.edges[0][first]), characters(own.edges[1][end - 1]));
        if (span.begin < span.end) found.push_back({"", types[lane % types.size()], {span}, {}, {}});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Mention& a, const Mention& b) { return a.fragments.front() < b.fragments.front(); });
  for (std::size_t i = 0; i < found.size(); ++i) found[i].id = concat("T", i + 1);
  return found;
}

bool overlaps_in_type(const Example& example) {
  for (const Mention& a : example.mentions) {
    for (const Mention& b : example.mentions) {
      const Span x = a.fragments.front(), y = b.fragments.front();
      if (a.type == b.type && x != y && x.begin < y.end && y.begin < x.end) return true;
    }
  }
  return false;
}

}  // namespace polyclinic
