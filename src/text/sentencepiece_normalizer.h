#pragma once
// SentencePiece's normaliser: character map, runs of blanks, "▁" for a blank and before the text. Source: its
// documentation of NormalizerSpec; the order of steps was found by comparing with the Python package.
#include <memory>

#include "text/character_map.h"
#include "text/normalizer.h"
#include "text/prefix_table.h"

namespace polyclinic {

struct SentencePieceNormalization {
  CharacterMap map;
  PrefixTable kept;                 // user-defined symbols: the map leaves them as they are
  bool dummy_prefix = true;         // "▁" before the text
  bool remove_extra_blanks = true;  // blanks at both ends and all but the first of a run
};

std::unique_ptr<Normalizer> sentencepiece_normalizer(SentencePieceNormalization rules);

}  // namespace polyclinic
