#include "text/unigram_model.h"

#include <algorithm>

#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr float unknown_penalty = 10.0F;

}  // namespace

void UnigramModel::extend(std::string_view text, std::size_t at, std::vector<Best>& best) const {
  const float before = best[at].score;
  const std::size_t character = code_point_at(text, at).length;
  bool covered = false;
  const auto offer = [&](std::int32_t id, std::size_t length, float score) {
    Best& there = best[at + length];
    if (there.length == 0 || score > there.score) {
      there = {id, score, static_cast<std::uint32_t>(length)};
    }
  };
  pieces.each(text, at, [&](std::int32_t id, std::size_t length) {
    const auto index = static_cast<std::size_t>(id);
    const float score = user_defined[index] ? static_cast<float>(length) * highest - 0.1F : scores[index];
    offer(id, length, score + before);
    covered = covered || length == character;
  });
  if (!covered) offer(unknown, character, lowest - unknown_penalty + before);
}

void UnigramModel::encode(std::string_view text, std::vector<WordToken>& out) const {
  std::vector<Best> best(text.size() + 1);
  for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length) extend(text, at, best);
  const std::size_t begin = out.size();
  for (std::size_t end = text.size(); end > 0; end -= best[end].length) {
    const Best& last = best[end];
    if (last.id != unknown) {
      out.push_back({last.id, last.length});
    } else if (byte_fallback) {
      for (std::size_t i = end; i > end - last.length; --i) {
        out.push_back({byte_ids[static_cast<unsigned char>(text[i - 1])], 1});
      }
    } else if (out.size() > begin && out.back().id == unknown) {
      out.back().length += last.length;
    } else {
      out.push_back({unknown, last.length});
    }
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end());
}

}  // namespace polyclinic
