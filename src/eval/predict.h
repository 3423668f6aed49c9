#pragma once
// Examples through the network and back into annotation.
#include <functional>
#include <vector>

#include "tasks/example.h"
#include "text/tokenizer.h"
#include "train/network.h"

namespace polyclinic {

// Writes the annotation that the head of `part` predicts into `examples`; what they hold of its kind is replaced.
// Earlier parts' annotation (the mentions that a relation head pairs) is read from them. Sequences of like length share
// a pack, at most `max_tokens` tokens each, or a single longer sequence. `before_pack` is called between packs (a place
// to stop).
void predict_part(Network& network, std::size_t part, const Tokenizer& tokenizer, std::int64_t max_tokens,
                  std::vector<Example>& examples, const std::function<void()>& before_pack = {});

// The same for the dev split, whose gold is `dev`: a head that tunes does so before it decodes.
void tune_and_predict_part(Network& network, std::size_t part, const Tokenizer& tokenizer, std::int64_t max_tokens,
                           const std::vector<Example>& dev, std::vector<Example>& examples);

}  // namespace polyclinic
