#pragma once
// Unigram language model (Kudo 2018): the segmentation of highest summed log probability, by Viterbi. Ties and the
// arithmetic in single precision as SentencePiece.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/byte_pair_model.h"
#include "text/prefix_table.h"

namespace polyclinic {

class UnigramModel {
 public:
  PrefixTable pieces;              // what may stand in a text
  std::vector<float> scores;       // by id
  std::vector<bool> user_defined;  // by id: always chosen
  float lowest = 0.0F;             // score of an ordinary piece
  float highest = 0.0F;            // score of any piece
  std::int32_t unknown = 0;
  bool byte_fallback = false;
  std::array<std::int32_t, 256> byte_ids{};

  // Appends the tokens of a normalised text (valid UTF-8). Runs of unknown characters are one token, or (byte_fallback)
  // one token a byte.
  void encode(std::string_view text, std::vector<WordToken>& out) const;

 private:
  struct Best {  // of the segmentations that end at a byte
    std::int32_t id = 0;
    float score = 0.0F;
    std::uint32_t length = 0;  // of the last piece; 0: no segmentation
  };
  void extend(std::string_view text, std::size_t at, std::vector<Best>& best) const;
};

}  // namespace polyclinic
