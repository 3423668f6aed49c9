#include "text/pre_tokenizer.h"

#include <algorithm>

namespace polyclinic {
namespace {

struct Part {
  ByteRange range;
  bool is_match;
};

std::vector<Part> alternate(std::size_t size, const std::vector<ByteRange>& matches, bool invert) {
  std::vector<Part> parts;
  std::size_t at = 0;
  for (const ByteRange& match : matches) {
    if (at < match.begin) parts.push_back({{at, match.begin}, invert});
    parts.push_back({match, !invert});
    at = match.end;
  }
  if (at < size) parts.push_back({{at, size}, invert});
  return parts;
}

// A match joins its neighbour before it; of several matches in a row only the first one does, as in HF.
void merge_with_previous(const std::vector<Part>& parts, std::vector<ByteRange>& out) {
  bool after_match = false;
  for (const Part& part : parts) {
    if (part.is_match && !after_match && !out.empty()) {
      out.back().end = part.range.end;
    } else {
      out.push_back(part.range);
    }
    after_match = part.is_match;
  }
}

void merge_with_next(const std::vector<Part>& parts, std::vector<ByteRange>& out) {
  bool before_match = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->is_match && !before_match && !out.empty()) {
      out.back().begin = part->range.begin;
    } else {
      out.push_back(part->range);
    }
    before_match = part->is_match;
  }
  std::reverse(out.begin(), out.end());
}

void merge_alike(const std::vector<Part>& parts, std::vector<ByteRange>& out) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && parts[i].is_match == parts[i - 1].is_match) {
      out.back().end = parts[i].range.end;
    } else {
      out.push_back(parts[i].range);
    }
  }
}

class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(std::unique_ptr<Pattern> pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void apply(Pieces& pieces) const override {
    pieces.next.clear();
    std::vector<ByteRange> parts;
    for (const Piece& piece : pieces.list) {
      pieces.matches.clear();
      pattern_->find(piece.text(), pieces.matches);
      parts.clear();
      split_ranges(piece.end - piece.begin, pieces.matches, behavior_, invert_, parts);
      for (const ByteRange& part : parts) {
        if (part.begin < part.end)
          pieces.next.push_back({piece.base, piece.begin + part.begin, piece.begin + part.end});
      }
    }
    pieces.list.swap(pieces.next);
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

class MetaspacePreTokenizer : public PreTokenizer {
 public:
  MetaspacePreTokenizer(std::string mark, PrependScheme scheme, bool split) : mark_(std::move(mark)), scheme_(scheme) {
    if (split) splitter_ = split_pre_tokenizer(literal_pattern(mark_), SplitBehavior::merged_with_next, false);
  }

  void apply(Pieces& pieces) const override {
    for (Piece& piece : pieces.list) {
      const std::string_view text = piece.text();
      AlignedText& out = pieces.rewritten.emplace_back();
      out.reserve(text.size() + text.size() / 2 + mark_.size());
      const std::uint32_t begin = piece.base->origin(piece.begin).begin;
      const bool wanted = scheme_ == PrependScheme::always || (scheme_ == PrependScheme::first && begin == 0);
      if (wanted && text[0] != ' ' && !text.starts_with(mark_)) out.put(mark_, {begin, begin});
      std::size_t at = 0;
      for (std::size_t blank = text.find(' '); blank != std::string_view::npos; blank = text.find(' ', at)) {
        out.copy(*piece.base, piece.begin + at, piece.begin + blank);
        out.put(mark_, piece.base->origin(piece.begin + blank));
        at = blank + 1;
      }
      out.copy(*piece.base, piece.begin + at, piece.end);
      piece = {&out, 0, out.text().size()};
    }
    if (splitter_) splitter_->apply(pieces);
  }

 private:
  std::string mark_;
  PrependScheme scheme_;
  std::unique_ptr<PreTokenizer> splitter_;
};

class PrefixSpacePreTokenizer : public PreTokenizer {
 public:
  void apply(Pieces& pieces) const override {
    for (Piece& piece : pieces.list) {
      if (piece.text().starts_with(' ')) continue;
      AlignedText& out = pieces.rewritten.emplace_back();
      const std::uint32_t begin = piece.base->origin(piece.begin).begin;
      out.put(" ", {begin, begin});
      out.copy(*piece.base, piece.begin, piece.end);
      piece = {&out, 0, out.text().size()};
    }
  }
};

}  // namespace

void split_ranges(std::size_t size, const std::vector<ByteRange>& matches, SplitBehavior behavior, bool invert,
                  std::vector<ByteRange>& parts) {
  const std::vector<Part> all = alternate(size, matches, invert);
  switch (behavior) {
    case SplitBehavior::removed:
      for (const Part& part : all) {
        if (!part.is_match) parts.push_back(part.range);
      }
      return;
    case SplitBehavior::isolated:
      for (const Part& part : all) parts.push_back(part.range);
      return;
    case SplitBehavior::merged_with_previous:
      return merge_with_previous(all, parts);
    case SplitBehavior::merged_with_next:
      return merge_with_next(all, parts);
    case SplitBehavior::contiguous:
      return merge_alike(all, parts);
  }
}

std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Pattern> pattern, SplitBehavior behavior,
                                                  bool invert) {
  return std::make_unique<SplitPreTokenizer>(std::move(pattern), behavior, invert);
}

std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string mark, PrependScheme scheme, bool split) {
  return std::make_unique<MetaspacePreTokenizer>(std::move(mark), scheme, split);
}

std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer() { return std::make_unique<PrefixSpacePreTokenizer>(); }

}  // namespace polyclinic
