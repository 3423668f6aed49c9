#include "text/sentencepiece_normalizer.h"

#include "text/utf8.h"

namespace polyclinic {
namespace {

constexpr std::string_view mark = "\xE2\x96\x81";  // "▁"

class SentencePieceNormalizer : public Normalizer {
 public:
  explicit SentencePieceNormalizer(SentencePieceNormalization rules) : rules_(std::move(rules)) {}

  void apply(const AlignedText& in, AlignedText& out) const override {
    const std::string_view text = in.text();
    out.reserve(text.size() + text.size() / 2 + mark.size());
    std::size_t at = 0;
    while (rules_.remove_extra_blanks && at < text.size() && step(text, at).replacement == " ") {
      at += step(text, at).length;
    }
    if (at == text.size()) return;
    if (rules_.dummy_prefix) {
      const std::uint32_t begin = in.origin(at).begin;
      out.put(mark, {begin, begin});
    }
    bool after_blank = rules_.remove_extra_blanks;
    while (at < text.size()) {
      Step next = step(text, at);
      const Origin origin = in.origin(at, at + next.length);
      while (after_blank && next.replacement.starts_with(' ')) next.replacement.remove_prefix(1);
      if (!next.replacement.empty()) {
        after_blank = rules_.remove_extra_blanks && next.replacement.ends_with(' ');
        put(in, at, next, origin, out);
      }
      at += next.length;
    }
    while (rules_.remove_extra_blanks && out.text().ends_with(mark)) out.truncate(out.text().size() - mark.size());
  }

 private:
  struct Step {
    std::size_t length;
    std::string_view replacement;
    bool changed;
  };

  Step step(std::string_view text, std::size_t at) const {
    std::size_t kept = 0;
    rules_.kept.each(text, at, [&](std::int32_t, std::size_t length) { kept = length; });
    if (kept > 0) return {kept, text.substr(at, kept), false};
    if (const auto match = rules_.map.longest(text, at)) return {match->length, match->replacement, true};
    const std::size_t length = code_point_at(text, at).length;
    return {length, text.substr(at, length), false};
  }

  static void put(const AlignedText& in, std::size_t at, const Step& next, Origin origin, AlignedText& out) {
    if (!next.changed && next.replacement.find(' ') == std::string_view::npos) {
      const std::size_t skipped = next.length - next.replacement.size();
      out.copy(in, at + skipped, at + next.length);
      return;
    }
    for (const char c : next.replacement) out.put(c == ' ' ? mark : std::string_view(&c, 1), origin);
  }

  SentencePieceNormalization rules_;
};

}  // namespace

std::unique_ptr<Normalizer> sentencepiece_normalizer(SentencePieceNormalization rules) {
  return std::make_unique<SentencePieceNormalizer>(std::move(rules));
}

}  // namespace polyclinic
