#pragma once
// Decoders of a tokenizer.json: token spellings back to text, step by step.
#include <memory>
#include <string>
#include <vector>

#include "text/pattern.h"

namespace polyclinic {

class TokenDecoder {
 public:
  virtual ~TokenDecoder() = default;
  virtual void apply(std::vector<std::string>& tokens) const = 0;
};

std::unique_ptr<TokenDecoder> replace_decoder(std::unique_ptr<Pattern> pattern, std::string content);
// Runs of "<0x00>" to "<0xFF>" become the characters they spell; a run that is not UTF-8 gives one U+FFFD a byte.
std::unique_ptr<TokenDecoder> byte_fallback_decoder();
std::unique_ptr<TokenDecoder> fuse_decoder();
// At most `start` and `stop` times `content` from both ends of each token.
std::unique_ptr<TokenDecoder> strip_decoder(std::string content, std::size_t start, std::size_t stop);
std::unique_ptr<TokenDecoder> byte_level_decoder();
std::unique_ptr<TokenDecoder> metaspace_decoder(std::string mark, bool drops_first);

}  // namespace polyclinic
