#pragma once
// Typed spans of a text that may overlap, as targets of its tokens (model/heads/multilabel_span.cpp). A lane holds
// spans of one type that do not overlap: lane t of the types' number T belongs to type t % T.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/alignment.h"
#include "tasks/example.h"

namespace polyclinic {

// Classes of an edge: characters of a span's first or last token that the span leaves out, -2 to 5; below 0 it takes in
// a blank beside the token.
inline constexpr std::int64_t span_edges = 8;
inline constexpr std::int64_t no_edge = 2;  // the class of 0

// Of one window.
struct SpanTargets {
  std::vector<float> inside, begin;                // [tokens * lanes], 0 or 1
  std::array<std::vector<std::int64_t>, 2> edges;  // before, after: [tokens], ignored_label where no span has an edge
};

// `types`: sorted. The longer of two spans with one begin takes the lower lane; what finds no lane free is left out,
// and of spans that share an outer token the first one's edge counts.
std::vector<SpanTargets> span_targets(const std::vector<Mention>& mentions, const std::vector<std::string>& types,
                                      std::size_t lanes, const TokenizedText& text,
                                      const std::vector<TokenRange>& windows);

// The spans that targets or decisions of all windows say, in the order of the text, numbered T1, T2, ...; of windows
// that show a span the one with the most context decides. Edges that leave nothing, or would leave the text, are none.
std::vector<Mention> read_spans(const std::vector<SpanTargets>& said, const std::vector<std::string>& types,
                                const TokenizedText& text, const std::vector<TokenRange>& windows);

// True when two different spans of one type overlap: a type then needs two lanes.
bool overlaps_in_type(const Example& example);

}  // namespace polyclinic
