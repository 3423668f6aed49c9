#include "text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include "core/concat.h"
#include "core/error.h"
#include "text/utf8.h"

namespace polyclinic {

void prepend_mark(const AlignedText& in, std::string_view mark, AlignedText& out) {
  if (in.text().empty()) return;
  out.reserve(in.text().size() + mark.size());
  const std::uint32_t begin = in.origin(0).begin;
  out.put(mark, {begin, begin});
  out.copy(in, 0, in.text().size());
}

void replace_all(const AlignedText& in, const Pattern& pattern, std::string_view content, AlignedText& out) {
  std::vector<ByteRange> matches;
  pattern.find(in.text(), matches);
  out.reserve(in.text().size() + matches.size() * content.size());
  std::size_t at = 0;
  for (const ByteRange& match : matches) {
    out.copy(in, at, match.begin);
    out.put(content, in.origin(match.begin, match.end));
    at = match.end;
  }
  out.copy(in, at, in.text().size());
}

namespace {

class PrependNormalizer : public Normalizer {
 public:
  explicit PrependNormalizer(std::string mark) : mark_(std::move(mark)) {}
  void apply(const AlignedText& in, AlignedText& out) const override { prepend_mark(in, mark_, out); }

 private:
  std::string mark_;
};

class ReplaceNormalizer : public Normalizer {
 public:
  ReplaceNormalizer(std::unique_ptr<Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(const AlignedText& in, AlignedText& out) const override { replace_all(in, *pattern_, content_, out); }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

const icu::Normalizer2& instance_of(NormalForm form) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* instance = form == NormalForm::nfc    ? icu::Normalizer2::getNFCInstance(error)
                                     : form == NormalForm::nfd  ? icu::Normalizer2::getNFDInstance(error)
                                     : form == NormalForm::nfkc ? icu::Normalizer2::getNFKCInstance(error)
                                                                : icu::Normalizer2::getNFKDInstance(error);
  if (U_FAILURE(error)) throw FailedError(concat("ICU has no normalisation data: ", u_errorName(error)));
  return *instance;
}

class UnicodeNormalizer : public Normalizer {
 public:
  explicit UnicodeNormalizer(NormalForm form) : normalizer_(instance_of(form)) {}

  void apply(const AlignedText& in, AlignedText& out) const override {
    const std::string_view text = in.text();
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at + code_point_at(text, at).length;
      while (end < text.size() && !starts_stretch(text, end)) end += code_point_at(text, end).length;
      stretch(in, at, end, out);
      at = end;
    }
  }

 private:
  bool starts_stretch(std::string_view text, std::size_t at) const {
    const char32_t value = code_point_at(text, at).value;
    return value < 0x80 || normalizer_.hasBoundaryBefore(static_cast<UChar32>(value));
  }

  void stretch(const AlignedText& in, std::size_t begin, std::size_t end, AlignedText& out) const {
    const std::string_view before = in.text().substr(begin, end - begin);
    std::string after;
    if (before.size() > 1) {
      UErrorCode error = U_ZERO_ERROR;
      icu::StringByteSink<std::string> sink(&after);
      normalizer_.normalizeUTF8(0, icu::StringPiece(before.data(), static_cast<std::int32_t>(before.size())), sink,
                                nullptr, error);
      if (U_FAILURE(error)) throw FailedError(concat("ICU could not normalise a text: ", u_errorName(error)));
    }
    if (before.size() == 1 || after == before) {
      out.copy(in, begin, end);
    } else {
      out.put(after, in.origin(begin, end));
    }
  }

  const icu::Normalizer2& normalizer_;
};

}  // namespace

std::unique_ptr<Normalizer> prepend_normalizer(std::string mark) {
  return std::make_unique<PrependNormalizer>(std::move(mark));
}

std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern, std::string content) {
  return std::make_unique<ReplaceNormalizer>(std::move(pattern), std::move(content));
}

std::unique_ptr<Normalizer> unicode_normalizer(NormalForm form) { return std::make_unique<UnicodeNormalizer>(form); }

}  // namespace polyclinic
