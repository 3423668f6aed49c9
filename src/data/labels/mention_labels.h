#pragma once
// Mentions <-> labels of tokens, in layers; the head gives each layer its own outputs and decodes it by itself.
// Three forms (docs/decisions.md, 2026-11-24, "Discontiguous and overlapping mentions"):
//   bio      one layer of O, B-X, I-X. A discontiguous mention is labelled from its first to its last token; of
//            mentions that share tokens the first is labelled. What the labels do not give back is counted as lost.
//   edges    bio, and the edge layers of the layered form.
//   layered  `span_layers` layers of O, B-X, I-X, J-X and two edge layers. B-X opens a mention, J-X opens a further
//            fragment of the layer's latest mention of type X, I-X continues a fragment. Mentions that one layer cannot
//            hold together lie in different layers. The edge layers say how many characters of a fragment's first
//            token come before the fragment, and how many of its last token after it ("/eN" "OS": 1 before).
//            Where nothing is discontiguous, overlapping or inside a token, the first layer is bio and the rest empty.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/alignment.h"
#include "data/labels/layer_labels.h"
#include "data/labels/span_layer.h"
#include "tasks/example.h"

namespace polyclinic {

struct EncodedMentions {
  LayeredLabels labels;           // of the window's tokens, special tokens not among them
  std::vector<std::size_t> lost;  // indices of mentions inside the window that decode() does not give back, and of
                                  // mentions of which no token holds a fragment
  std::vector<std::size_t> cut;   // indices of mentions that the window holds in part; their tokens are ignored_label
};

// A mention read from labels.
struct DecodedMention {
  std::string type;
  std::vector<Span> fragments;  // code points of the document
  TokenRange hull;              // tokens of the document from the first fragment to the last
  bool operator==(const DecodedMention&) const = default;
};

class MentionLabels {
 public:
  enum class Form { bio, edges, layered };
  // `types`: distinct, in the order in which labels number them. span_layers: 1 to 8; other forms than layered have 1.
  MentionLabels(std::vector<std::string> types, Form form, std::size_t span_layers = 2);

  Form form() const { return form_; }
  const std::vector<std::string>& types() const { return types_; }
  // {spans, ...}, then, but for bio, {characters before, characters after}.
  const std::vector<LabelLayer>& layers() const { return layers_; }

  // InputError for a mention of a type that is not in types().
  EncodedMentions encode(const TokenizedText& text, TokenRange window, const std::vector<Mention>& mentions) const;

  // Any labels are read, also ill-formed ones: I-X that continues nothing opens a mention, and so does J-X before any
  // mention of its type; ignored_label counts as O. In the order of first tokens; equal mentions of two layers once.
  std::vector<DecodedMention> decode(const TokenizedText& text, TokenRange window, const LayeredLabels& labels) const;

 private:
  // A mention on its way into labels.
  struct PlacedMention {
    std::size_t index;        // in the caller's list
    TokenMention mention;     // in tokens of the document
    std::vector<Span> spans;  // of its fragments; empty when fragments share a token and became one
  };
  struct Placement {
    std::vector<PlacedMention> whole;   // inside the window, by first token, longest first
    std::vector<PlacedMention> partly;  // reaching beyond it
    std::vector<std::size_t> nowhere;   // in no token
  };
  static std::optional<PlacedMention> place(const TokenizedText& text, const Mention& mention, std::size_t index,
                                            std::size_t type);
  Placement place_all(const TokenizedText& text, TokenRange window, const std::vector<Mention>& mentions) const;
  void write(const TokenizedText& text, TokenRange window, const std::vector<PlacedMention>& mentions,
             LayeredLabels& labels) const;
  Span fragment_of(const TokenizedText& text, TokenRange window, const LayeredLabels& labels, TokenRange range) const;

  std::vector<std::string> types_;
  Form form_;
  std::size_t span_layers_;
  std::vector<LabelLayer> layers_;
};

// Tokens of the document from a mention's first fragment to its last; nothing when a fragment lies in no token.
std::optional<TokenRange> token_hull(const TokenizedText& text, const Mention& mention);

// Predictions of all windows of a text as predictions of the text: of each mention, what its owner window (owner_of)
// says, in the order of the text.
std::vector<DecodedMention> merge_windows(const std::vector<TokenRange>& windows,
                                          const std::vector<std::vector<DecodedMention>>& of_window);

}  // namespace polyclinic
