#pragma once
// Pre-tokenizers of a tokenizer.json: each cuts pieces into smaller ones, some rewrite them first.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "text/aligned_text.h"
#include "text/pattern.h"

namespace polyclinic {

// Pieces of one encode call and the rewritten texts that they point into.
struct Pieces {
  std::vector<Piece> list;
  std::vector<Piece> next;         // work space
  std::vector<ByteRange> matches;  // work space
  std::deque<AlignedText> rewritten;
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(Pieces& pieces) const = 0;
};

enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
enum class PrependScheme { always, first, never };

std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Pattern> pattern, SplitBehavior behavior,
                                                  bool invert);
// " " becomes `mark`; a mark is put before a piece that has none: before each, before the text's first, or never.
std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string mark, PrependScheme scheme, bool split);
// A blank before each piece that does not begin with white space (ByteLevel's add_prefix_space).
std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer();

// The parts of a text that a split gives; `matches` in order.
void split_ranges(std::size_t size, const std::vector<ByteRange>& matches, SplitBehavior behavior, bool invert,
                  std::vector<ByteRange>& parts);

}  // namespace polyclinic
