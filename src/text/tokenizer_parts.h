#pragma once
// What a tokenizer is made of, whichever file it was read from. Internal to src/text.
#include <memory>
#include <mutex>
#include <vector>

#include "text/added_tokens.h"
#include "text/byte_pair_model.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "text/token_decoder.h"
#include "text/tokenizer.h"
#include "text/unigram_model.h"
#include "text/word_cache.h"

namespace polyclinic {

struct Tokenizer::Parts {
  BytePairModel model;
  std::unique_ptr<UnigramModel> unigram;  // instead of the merges, when it is there
  std::vector<AddedToken> added;          // in the file's order
  AddedTokens raw_added;                  // sought in the original text
  AddedTokens normalized_added;           // sought after normalisation
  std::vector<std::unique_ptr<Normalizer>> normalizers;
  std::vector<std::unique_ptr<PreTokenizer>> pre_tokenizers;
  std::vector<std::unique_ptr<TokenDecoder>> decoders;
  std::vector<std::int32_t> prefix, suffix;
  Vocabulary added_texts;     // id <-> content of the added tokens
  std::vector<bool> special;  // by id

  // Call once the members above are set.
  void prepare();

  // Work space of one encode call; calls at the same time use different ones.
  struct Space {
    Pieces pieces;
    MergeSpace merge;
    WordCache cache;
    std::vector<AddedTokens::Section> sections, inner;
    std::vector<WordToken> word;
  };
  std::unique_ptr<Space> borrow();
  void give_back(std::unique_ptr<Space> space);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Space>> idle_;
};

// A tokenizer.json. `text` is the file's content; `file` is what errors name.
std::unique_ptr<Tokenizer::Parts> read_tokenizer_json(std::string_view text, const std::string& file);

// A SentencePiece `tokenizer.model` (unigram or BPE). with_begin, with_end: the post-processor puts its BOS before and
// its EOS after a text, where it has them as control symbols.
std::unique_ptr<Tokenizer::Parts> read_sentencepiece(std::string_view bytes, const std::string& file, bool with_begin,
                                                     bool with_end);

}  // namespace polyclinic
