#pragma once
// Readers of the small parts of a tokenizer.json. Each refuses what is not built, with its key path.
#include "text/json_node.h"
#include "text/tokenizer_parts.h"

namespace polyclinic {

void read_normalizer(const JsonNode& node, Tokenizer::Parts& parts);
void read_pre_tokenizer(const JsonNode& node, Tokenizer::Parts& parts);
void read_post_processor(const JsonNode& node, Tokenizer::Parts& parts);
void read_decoder(const JsonNode& node, Tokenizer::Parts& parts);
void read_added_tokens(const JsonNode& node, Tokenizer::Parts& parts);

}  // namespace polyclinic
