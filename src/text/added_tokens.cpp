#include "text/added_tokens.h"

#include <algorithm>

#include "text/character_class.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

std::size_t character_before(std::string_view text, std::size_t at) {
  do --at;
  while (at > 0 && is_continuation_byte(text[at]));
  return at;
}

bool is_space(std::string_view text, std::size_t at) {
  return (character_classes(code_point_at(text, at).value) & space_class) != 0;
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  const bool word_before = begin > 0 && is_word_character(code_point_at(text, character_before(text, begin)).value);
  const bool word_after = end < text.size() && is_word_character(code_point_at(text, end).value);
  return !word_before && !word_after;
}

}  // namespace

void AddedTokens::add(const AddedToken& token, std::string_view content) {
  if (content.empty()) return;
  std::int32_t node = 0;
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    auto& edges = nodes_[static_cast<std::size_t>(node)].edges;
    const auto edge = std::find_if(edges.begin(), edges.end(), [&](const Edge& e) { return e.byte == byte; });
    if (edge != edges.end()) {
      node = edge->node;
      continue;
    }
    const auto added = static_cast<std::int32_t>(nodes_.size());
    edges.push_back({byte, added});
    nodes_.emplace_back();
    node = added;
  }
  nodes_[static_cast<std::size_t>(node)].token = static_cast<std::int32_t>(tokens_.size());
  begins_[static_cast<unsigned char>(content[0])] = true;
  tokens_.push_back(token);
}

std::int32_t AddedTokens::longest(std::string_view text, std::size_t at, std::size_t& end) const {
  std::int32_t found = none;
  const Node* node = &nodes_[0];
  for (std::size_t i = at; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto edge =
        std::find_if(node->edges.begin(), node->edges.end(), [&](const Edge& e) { return e.byte == byte; });
    if (edge == node->edges.end()) break;
    node = &nodes_[static_cast<std::size_t>(edge->node)];
    if (node->token != none) {
      found = node->token;
      end = i + 1;
    }
  }
  return found;
}

void AddedTokens::cut(std::string_view text, bool keep_special_text, std::vector<Section>& out) const {
  std::size_t taken = 0;  // everything before is in `out`
  for (std::size_t at = 0; at < text.size();) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    std::size_t end = at;
    const std::int32_t index = longest(text, at, end);
    if (index == none) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(index)];
    std::size_t begin = at;
    at = end;  // as HF: the search goes on after the bare match, refused or not
    if ((keep_special_text && token.special) || (token.single_word && !stands_alone(text, begin, end))) continue;
    while (token.lstrip && begin > taken && is_space(text, character_before(text, begin))) {
      begin = character_before(text, begin);
    }
    while (token.rstrip && end < text.size() && is_space(text, end)) end += code_point_at(text, end).length;
    if (taken < begin) out.push_back({none, taken, begin});
    out.push_back({token.id, begin, end});
    taken = end;
    at = std::max(at, end);
  }
  if (taken < text.size()) out.push_back({none, taken, text.size()});
}

}  // namespace polyclinic
