#include "text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/concat.h"

namespace polyclinic {
namespace {

class LiteralPattern : public Pattern {
 public:
  explicit LiteralPattern(std::string literal) : literal_(std::move(literal)) {}
  void find(std::string_view text, std::vector<ByteRange>& matches) const override {
    if (literal_.empty()) return;
    for (std::size_t at = text.find(literal_); at != std::string_view::npos; at = text.find(literal_, at)) {
      matches.push_back({at, at + literal_.size()});
      at += literal_.size();
    }
  }

 private:
  std::string literal_;
};

class Llama3Pattern : public Pattern {
 public:
  void find(std::string_view text, std::vector<ByteRange>& matches) const override {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = llama3_match_end(text, at);
      matches.push_back({at, end});
      at = end;
    }
  }
};

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

class RegexPattern : public Pattern {
 public:
  RegexPattern(const std::string& expression, const Where& where) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr));
    if (!code_) {
      PCRE2_UCHAR message[256];
      pcre2_get_error_message(error, message, sizeof message);
      throw InputError(concat("the regular expression is malformed at character ", offset, ": ",
                              reinterpret_cast<const char*>(message)),
                       where, "correct the pattern");
    }
    pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
  }

  void find(std::string_view text, std::vector<ByteRange>& matches) const override {
    const std::unique_ptr<pcre2_match_data, FreeMatch> match(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    for (std::size_t at = 0; at <= text.size();) {
      const int found = pcre2_match(code_.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
      if (found == PCRE2_ERROR_NOMATCH) return;
      if (found < 0) throw FailedError(concat("a tokenizer's pattern gave up on a text (PCRE2 error ", found, ")"));
      if (range[1] > range[0]) matches.push_back({range[0], range[1]});
      at = range[1] > range[0] ? range[1] : next_character(text, range[1]);
    }
  }

 private:
  static std::size_t next_character(std::string_view text, std::size_t at) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
  }
  std::unique_ptr<pcre2_code, FreeCode> code_;
};

}  // namespace

std::unique_ptr<Pattern> literal_pattern(std::string literal) {
  return std::make_unique<LiteralPattern>(std::move(literal));
}

std::unique_ptr<Pattern> regex_pattern(const std::string& expression, const Where& where, bool scanner) {
  if (scanner && expression == llama3_expression) return std::make_unique<Llama3Pattern>();
  return std::make_unique<RegexPattern>(expression, where);
}

}  // namespace polyclinic
